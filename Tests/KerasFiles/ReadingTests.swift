import KerasFiles
import ModelGraph
import SystemFiles
import Testing

/// Files that real Keras saved, against what Keras said of the models.
@Suite struct ReadingTests {
  @Test(arguments: SavedByKeras.allCases)
  func everyTensorIsTheOneThatKerasHad(file: SavedByKeras) throws {
    let (expected, weights) = (try file.expected(), try file.read().model.weights)
    #expect(Set(weights.keys.map(\.description)) == Set(expected.tensors.keys))
    for (id, tensor) in weights {
      #expect(tensor.shape == expected.tensors[id.description]?.shape, "\(id)")
      #expect(tensor.sha256 == expected.tensors[id.description]?.sha256, "\(id)")
    }
  }

  @Test(arguments: SavedByKeras.allCases)
  func shapesAndFrozenLayers(file: SavedByKeras) throws {
    let (expected, graph) = (try file.expected(), try file.read().model.graph)
    #expect(graph.inputShape == expected.input)
    #expect(graph.outputShape == expected.output)
    let weighted = graph.layers.indices.filter { !graph.weightSpecs[$0].isEmpty }.map { graph.layers[$0] }
    #expect(weighted.filter { !$0.trainable }.map(\.name).sorted() == expected.frozen)
  }

  @Test(arguments: [
    (SavedByKeras.nested, KerasContainer.legacyModel, "Keras HDF5, whole model, Keras 2.21.0"),
    (.top, .legacyModel, "Keras HDF5, whole model, Keras 3.15.1"),
    (.outer, .legacyModel, "Keras HDF5, whole model, Keras 3.15.1"),
    (.hosted, .legacyWeights, "Keras HDF5, weights alone, Keras 2.0.5"),
  ])
  func whatTheFileIs(file: SavedByKeras, container: KerasContainer, description: String) throws {
    let found = try file.read()
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
