import Foundation
import KerasFiles
import ModelGraph
import SystemFiles
import Testing

/// Writing for Keras. That real Keras loads it, Tests/Interop shows.
@Suite struct ExportTests {
  @Test(arguments: KerasFixture.readable, [KerasContainer.legacyModel, .archive])
  func aWholeModelComesBack(file: KerasFixture, container: KerasContainer) throws {
    let model = try file.read().model
    try withFolder { (folder) throws in
      try KerasExport.write(model, to: folder + "/out", as: container)
      let back = try KerasFile(reading: folder + "/out")
      #expect(back.container == container)
      #expect(back.model.graph == model.graph)
      #expect(back.model.preprocessing == model.preprocessing)
      // No Keras reads bfloat16 from legacy HDF5.
      let isWidened = container == .legacyModel
      let expected = model.weights.mapValues { isWidened && $0.dtype == .bfloat16 ? $0.float32 : $0 }
      #expect(back.model.weights == expected)
      #expect(back.notes.isEmpty)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["out"])
    }
  }

  @Test(arguments: [KerasContainer.legacyWeights, .weights, .shardedWeights])
  func weightsAloneComeBack(container: KerasContainer) throws {
    let model = try KerasFixture(name: "keras2.keras").read().model
    try withFolder { (folder) throws in
      try KerasExport.write(model, to: folder + "/out.weights.json", as: container, partBytes: 4000)
      let back = try KerasFile(reading: folder + "/out.weights.json", inputSize: 32)
      #expect(back.container == container)
      #expect(back.model.weights == model.weights)
      let parts = try FileManager.default.contentsOfDirectory(atPath: folder).count - 1
      #expect(container == .shardedWeights ? parts > 3 : parts == 0)
    }
  }

  @Test func everyOperationComesBack() throws {
    let window = Window(
      size: Size2D(height: 2, width: 3), strides: Size2D(height: 1, width: 2), padding: .valid)
    var layers = try MobileNetV1(
      widths: Array(repeating: 2, count: 14), depthMultiplier: 2, inputShape: [64, 96, 1]
    )
    .graph().layers
    for (name, operation) in [
      ("pad", .zeroPadding2D(Margins(top: 1, bottom: 2, left: 3, right: 0))),
      ("conv", .conv2D(filters: 3, window, useBias: true, .relu)),
      (
        "bn",
        .batchNormalization(BatchNormalization(epsilon: 1e-5, momentum: 0.9, center: false, scale: false))
      ),
      ("relu", .relu(maxValue: nil)),
      ("odd", .relu(maxValue: 0.1)),
      (
        "pool", .averagePooling2D(Window(size: Size2D(square: 2), strides: Size2D(square: 1), padding: .same))
      ),
      ("global", .globalAveragePooling2D(keepDims: true)),
      ("drop", .dropout(rate: 0.25)),
      ("shape", .reshape([-1])),
      ("dense \"ß\"", .dense(units: 4, useBias: false, .relu)),
      ("flat", .flatten),
      ("last", .dense(units: 2, useBias: true, .softmax)),
      ("softmax", .softmax),
    ] as [(String, ModelGraph.Operation)] {
      layers.append(
        Layer(name: name, operation: operation, inputs: [layers.count - 1], trainable: name != "conv"))
    }
    let graph = try Graph(name: "everything", layers: layers)
    var weights: Weights = [:]
    for id in graph.weightIDs {
      let shape = try #require(graph.spec(of: id)).shape
      weights[id] = Tensor(shape: shape, floats: (0..<shape.reduce(1, *)).map(Float.init))
    }
    let model = try Model(graph: graph, weights: weights)
    try withFolder { (folder) throws in
      try KerasExport.write(model, to: folder + "/out.h5", as: .legacyModel)
      let back = try KerasFile(reading: folder + "/out.h5").model
      #expect(back.graph == graph)
      #expect(back.weights == weights)
    }
  }

  @Test func equalModelsGiveEqualBytes() throws {
    let model = try SavedByKeras.top.read().model
    try withFolder { (folder) throws in
      try KerasExport.write(model, to: folder + "/a.h5", as: .legacyModel)
      // A stored time has a resolution of one second.
      Thread.sleep(forTimeInterval: 1.1)
      try KerasExport.write(model, to: folder + "/b.h5", as: .legacyModel)
      #expect(try bytes(of: folder + "/a.h5") == bytes(of: folder + "/b.h5"))
    }
  }

  /// The model with other values in a few of its weights.
  private func changed(_ model: Model, _ ids: [WeightID]) throws -> Model {
    var weights = model.weights
    for id in ids {
      let tensor = try #require(weights[id])
      weights[id] = Tensor(shape: tensor.shape, floats: tensor.floats.map { $0 + 1 })
    }
    return try Model(graph: model.graph, weights: weights)
  }

  @Test(arguments: KerasFixture.readable.filter { !$0.name.hasSuffix(".json") })
  func ontoTheOriginalWithoutAChange(file: KerasFixture) throws {
    let model = try file.read().model
    try withFolder { (folder) throws in
      #expect(try KerasExport.write(model, onto: file.path, to: folder + "/out.h5").changed == [])
      #expect(try bytes(of: folder + "/out.h5") == bytes(of: file.path))
    }
  }

  @Test(arguments: SavedByKeras.allCases)
  func ontoTheOriginalOnlyTheChangedBitsAreRewritten(file: SavedByKeras) throws {
    let original = try file.read().model
    let ids = [WeightID(layer: "conv_pw_13", name: .kernel), WeightID(layer: "conv_pw_13_bn", name: .gamma)]
    let model = try changed(original, ids)
    try withFolder { (folder) throws in
      #expect(try KerasExport.write(model, onto: file.path, to: folder + "/out.h5").changed == ids)
      let back = try KerasFile(reading: folder + "/out.h5", inputSize: file == .hosted ? 128 : nil).model
      #expect(back.weights == model.weights)
      #expect(back.graph == original.graph)
      let (before, after) = (try bytes(of: file.path), try bytes(of: folder + "/out.h5"))
      let rewritten = ids.compactMap { model.weights[$0]?.bytes.count }.reduce(0, +)
      #expect(before.count == after.count)
      #expect((1...rewritten).contains(zip(before, after).count { $0 != $1 }))
    }
  }

  /// Whatever the container, the type, the layout, the filters: what was changed is there, the rest is as it was.
  @Test(arguments: KerasFixture.readable)
  func ontoEveryKindOfFile(file: KerasFixture) throws {
    let original = try file.read().model
    let id = try #require(FreezeMask.default(for: original.graph).channels.keys.first { $0.name == .kernel })
    let tensor = try #require(original.weights[id])
    let doubled = Tensor(shape: tensor.shape, floats: tensor.float32.floats.map { $0 * 2 })
    let weights = original.weights.merging([id: doubled]) { $1 }
    let model = try Model(graph: original.graph, weights: weights, preprocessing: original.preprocessing)
    try withFolder { (folder) throws in
      let out = folder + "/out.weights.json"
      #expect(try KerasExport.write(model, onto: file.path, to: out).changed == [id])
      let size = file.isWeightsAlone ? try file.expected().input[0] : nil
      let back = try KerasFile(reading: out, inputSize: size, head: file.hasForeignHead ? .leftOut : .refused)
      #expect(back.container == (try file.read().container))
      #expect(back.model.graph == original.graph)
      #expect(back.model.weights == original.weights.merging([id: doubled.rounded(to: tensor.dtype)]) { $1 })
    }
  }

  @Test func whatIsToBeKeptIsKept() throws {
    let file = KerasFixture(name: "keras2.keras")
    let id = WeightID(layer: "conv1", name: .kernel)
    let model = try changed(file.read().model, [id, WeightID(layer: "conv_preds", name: .bias)])
    try withFolder { (folder) throws in
      let bias = WeightID(layer: "conv_preds", name: .bias)
      let rewriting = try KerasExport.write(
        model, onto: file.path, to: folder + "/out", only: [id: .frozen, bias: .channels([1..<2])])
      #expect(rewriting.changed == [bias])
      let (before, after) = (
        try file.read().model.weights, try KerasFile(reading: folder + "/out").model.weights
      )
      #expect(after[id] == before[id])
      let (old, new) = (try #require(before[bias]).floats, try #require(after[bias]).floats)
      #expect(new == [old[0], old[1] + 1, old[2]])
    }
  }

  @Test func partsOfACopyGoWithIt() throws {
    let file = KerasFixture(name: "keras3_shards.weights.json")
    let model = try file.read().model
    try withFolder { (folder) throws in
      try KerasExport.write(model, onto: file.path, to: folder + "/copy.weights.json")
      let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
      #expect(names == ["copy.weights.json"] + (0..<4).map { "copy_0000\($0).weights.h5" })
      #expect(
        try KerasFile(reading: folder + "/copy.weights.json", inputSize: 32).model.weights == model.weights)
      for part in 0..<4 {
        #expect(
          try bytes(of: folder + "/copy_0000\(part).weights.h5")
            == bytes(of: fixture("keras/keras3_shards_0000\(part).weights.h5")))
      }
    }
  }

  @Test func aDifferenceOfTheSignOfZeroIsADifference() throws {
    let original = try SavedByKeras.top.read().model
    let id = WeightID(layer: "conv1_bn", name: .gamma)
    let gamma = try #require(original.weights[id])
    #expect(gamma.floats[0] == 0)
    var weights = original.weights
    weights[id] = Tensor(shape: gamma.shape, floats: gamma.floats.map { $0 == 0 ? -$0 : $0 })
    let model = try Model(graph: original.graph, weights: weights)
    try withFolder { (folder) throws in
      #expect(
        try KerasExport.write(model, onto: SavedByKeras.top.path, to: folder + "/out.h5").changed == [id])
    }
  }

  @Test func theOutputMayBeTheOriginal() throws {
    let id = WeightID(layer: "dense", name: .bias)
    let model = try changed(SavedByKeras.nested.read().model, [id])
    try withFolder { (folder) throws in
      let path = folder + "/model.h5"
      try FileManager.default.copyItem(atPath: SavedByKeras.nested.path, toPath: path)
      #expect(try KerasExport.write(model, onto: path, to: path).changed == [id])
      #expect(try KerasFile(reading: path).model.weights == model.weights)
    }
  }

  @Test func ontoAnotherNetwork() throws {
    let base = try SavedByKeras.hosted.read().model
    try withFolder { (folder) throws in
      let path = folder + "/out.h5"
      try Data("precious".utf8).write(to: URL(filePath: path))
      #expect(
        problem { try KerasExport.write(base, onto: SavedByKeras.nested.path, to: path) }
          == .otherNetwork("its weight 'conv1/kernel' has shape [3, 3, 3, 4], not [3, 3, 3, 3]"))
      #expect(try bytes(of: path) == Array("precious".utf8))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["out.h5"])
    }
  }

  @Test func aNewClassifierHasNoPlaceInAnOriginalWithoutTop() throws {
    let headed = try SavedByKeras.hosted.read().model.withHead(classes: 3, seed: 0)
    let trained = WeightID(layer: "conv_pw_13", name: .kernel)
    let model = try changed(headed, [trained])
    try withFolder { (folder) throws in
      let rewriting = try KerasExport.write(model, onto: SavedByKeras.hosted.path, to: folder + "/out.h5")
      #expect(rewriting.changed == [trained])
      #expect(rewriting.leftOut.map(\.description) == ["dense/kernel", "dense/bias"])
      let back = try KerasFile(reading: folder + "/out.h5", inputSize: 128).model
      #expect(back.weights[trained] == model.weights[trained])
    }
  }

  @Test func anotherClassifierOfTheOriginalStaysAsItIs() throws {
    let original = try SavedByKeras.top.read().model
    let headed = try original.withoutTop().withHead(classes: 3, seed: 0)
    try withFolder { (folder) throws in
      let rewriting = try KerasExport.write(headed, onto: SavedByKeras.top.path, to: folder + "/out.h5")
      #expect(rewriting.changed.isEmpty)
      #expect(rewriting.leftOut.map(\.description) == ["dense/kernel", "dense/bias"])
      #expect(try bytes(of: folder + "/out.h5") == bytes(of: SavedByKeras.top.path))
    }
  }

  @Test func placesThatCannotBeWritten() throws {
    let model = try SavedByKeras.hosted.read().model
    #expect(throws: FileError.self) {
      try KerasExport.write(model, to: "/proc/nonexistent/out.h5", as: .legacyModel)
    }
    #expect(throws: FileError.self) {
      try KerasExport.write(model, onto: "/nonexistent.h5", to: "/proc/nonexistent/out.h5")
    }
  }
}
