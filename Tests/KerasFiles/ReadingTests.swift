import KerasFiles
import ModelGraph
import SystemFiles
import Testing

/// Files that real Keras saved, against what Keras said of the models.
@Suite struct ReadingTests {
  @Test(arguments: KerasFixture.readable)
  func everyTensorIsTheOneThatKerasHad(file: KerasFixture) throws {
    let (expected, found) = (try file.expected().variables(), try file.read())
    let weights = found.model.weights
    for (id, tensor) in weights {
      let variable = try #require(expected[id.description], "\(id)")
      #expect(tensor.shape == variable.shape, "\(id)")
      #expect(tensor.dtype.rawValue == variable.dtype ?? "float32", "\(id)")
      #expect(tensor.sha256 == variable.sha256, "\(id)")
    }
    let leftOut = Set(found.foreignHead.map(\.name))
    let left = expected.keys.filter { name in leftOut.contains { name.hasPrefix($0 + "/") } }
    #expect(weights.count + left.count == expected.count)
    #expect(leftOut.isEmpty != file.hasForeignHead)
  }

  @Test(arguments: KerasFixture.whole)
  func shapesAndFrozenLayers(file: KerasFixture) throws {
    let (expected, graph) = (try file.expected(), try file.read().model.graph)
    #expect(graph.inputShape == expected.input)
    #expect(graph.outputShape == expected.output)
    guard !file.isWeightsAlone else { return }
    let weighted = graph.layers.indices.filter { !graph.weightSpecs[$0].isEmpty }.map { graph.layers[$0] }
    #expect(weighted.filter { !$0.trainable }.map(\.name).sorted() == expected.frozen)
  }

  @Test func channelsFirstIsRefused() {
    for name in ["keras2_channels_first.keras", "keras3_channels_first.keras"] {
      #expect(
        problem { _ = try KerasFile(reading: fixture("keras/" + name)) }
          == .unsupported(
            layer: "conv1", why: "data_format channels_first; convert the model to channels_last"))
    }
  }

  @Test func anUnknownHeadIsDroppedOnlyWhenAsked() throws {
    for name in ["keras2_strange_head.keras", "keras3_strange_head.keras"] {
      let path = fixture("keras/" + name)
      guard case .foreignHead(let head)? = problem({ _ = try KerasFile(reading: path) }) else {
        Issue.record("\(name) was read, or refused for another reason")
        continue
      }
      #expect(head.first?.why == "of class GlobalMaxPooling2D")
      let features = try KerasFile(reading: path, head: .leftOut)
      #expect(features.model.graph.layers.last?.name == "conv_pw_13_relu")
      #expect(features.foreignHead == head)
    }
  }

  @Test(arguments: ["keras2_rescaled.keras", "keras3_rescaled.keras"])
  func preprocessingInsideTheModelIsKept(name: String) throws {
    let model = try KerasFile(reading: fixture("keras/" + name)).model
    #expect(model.graph.layers[1].operation == .rescaling(scale: 1 / 127.5, offset: -1))
    #expect(model.preprocessing == Preprocessing.none)
    let pack = try Pack(
      folding: model, mask: FreezeMask(), labels: [],
      provenance: Provenance(sourceName: "", sourceDigest: "", toolVersion: ""))
    #expect(pack.inputPreprocessing == .mobileNet)
  }

  @Test(arguments: [
    ("keras2_nested_frozen.h5", KerasContainer.legacyModel, "Keras HDF5, whole model, Keras 2.21.0"),
    ("keras3_top_hostile.h5", .legacyModel, "Keras HDF5, whole model, Keras 3.15.1"),
    ("keras3_outer_frozen.h5", .legacyModel, "Keras HDF5, whole model, Keras 3.15.1"),
    ("mobilenet_hosted_no_top.h5", .legacyWeights, "Keras HDF5, weights alone, Keras 2.0.5"),
    ("keras2.keras", .archive, "Keras archive (.keras), whole model, Keras 2.21.0"),
    ("keras2.12_nested.keras", .archive, "Keras archive (.keras), whole model, Keras 2.12.0"),
    ("keras3_adam.weights.h5", .weights, "Keras .weights.h5, weights alone"),
    ("keras3_shards.weights.json", .shardedWeights, "Keras .weights.json, sharded weights alone"),
  ])
  func whatTheFileIs(name: String, container: KerasContainer, description: String) throws {
    let found = try KerasFixture(name: name).read()
    #expect(found.container == container)
    #expect(found.formatDescription == description)
  }

  /// The layers of the network that Keras builds, input and head apart.
  private func layers(widths alpha: Double) throws -> [Layer] {
    Array(try MobileNetV1(alpha: alpha, inputSize: 128).graph().layers.dropFirst())
  }

  @Test func aNestedModelIsTakenApart() throws {
    let layers = try SavedByKeras.nested.read().model.graph.layers
    #expect(layers.map(\.inputs) == [[]] + (0..<89).map { [$0] })
    let base = try self.layers(widths: 0.15)
    #expect(layers[1..<86].map(\.name) == base.map(\.name))
    #expect(layers[1..<86].map(\.operation) == base.map(\.operation))
    let window = Window(size: Size2D(square: 4), strides: Size2D(square: 4), padding: .valid)
    #expect(layers[86...].map(\.name) == ["average_pooling2d", "flatten", "dense", "softmax"])
    #expect(
      layers[86...].map(\.operation)
        == [.averagePooling2D(window), .flatten, .dense(units: 5, useBias: true, .linear), .softmax])
    // The first forty layers of the base, its input among them, were frozen.
    #expect(layers.dropFirst().prefix { !$0.trainable }.count == 39)
    #expect(layers[40...].allSatisfy { $0.trainable })
  }

  @Test func aNestedModelInAFunctionalModel() throws {
    let layers = try SavedByKeras.outer.read().model.graph.layers
    #expect(layers[1..<86].map(\.operation) == (try self.layers(widths: 0.1)).map(\.operation))
    #expect(
      layers[86...].map(\.operation)
        == [
          .globalAveragePooling2D(keepDims: false), .dropout(rate: 0.2),
          .dense(units: 5, useBias: true, .softmax),
        ])
    #expect(layers[1..<86].allSatisfy { !$0.trainable } && layers[86...].allSatisfy { $0.trainable })
  }

  @Test func kerassOwnClassifier() throws {
    let graph = try SavedByKeras.top.read().model.graph
    let expected = try MobileNetV1(alpha: 0.1, inputSize: 128, topClasses: 7).graph()
    #expect(graph.layers.dropFirst() == expected.layers.dropFirst())
    #expect(graph.layers.first?.operation == .input([128, 128, 3]))
  }

  @Test func weightsAloneAssumeTodaysNetwork() throws {
    let file = try SavedByKeras.hosted.read()
    #expect(file.model.graph == (try MobileNetV1(alpha: 0.1, inputSize: 128).graph()))
    #expect(file.notes.count == 1)
    let assumed = try KerasFile(reading: SavedByKeras.hosted.path)
    #expect(assumed.model.graph.inputShape == [224, 224, 3])
    #expect(assumed.notes.last == "the input size is not in the file: 224 is assumed")
  }

  @Test func theInputSizeOfAWholeModelStands() throws {
    #expect(throws: Never.self) { try KerasFile(reading: SavedByKeras.top.path, inputSize: 128) }
    #expect(
      problem { _ = try KerasFile(reading: SavedByKeras.top.path, inputSize: 160) }
        == .inputSize(asked: 160, found: [128, 128, 3]))
  }

  @Test func pathsLeadToTheDatasets() throws {
    let stored = try SavedByKeras.nested.stored()
    let found = try Interpretation(of: stored, inputSize: nil).weights
    #expect(
      found[WeightID(layer: "conv_dw_3", name: .depthwiseKernel)]?.place.path
        == "/model_weights/mobilenet_0.15_128/conv_dw_3/depthwise_kernel:0")
  }
}
