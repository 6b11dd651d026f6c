import KerasFiles
import ModelGraph
import Testing

/// The names that weights and layers have had in different versions of Keras, made from real files.
@Suite struct NameTests {
  private func model(_ stored: StoredNetwork) throws -> Model {
    try Interpretation(of: stored, inputSize: 128).model
  }

  private func expectSame(_ changed: StoredNetwork, as original: StoredNetwork) throws {
    let (changed, original) = (try model(changed), try model(original))
    #expect(changed.graph.layers == original.graph.layers)
    #expect(changed.weights == original.weights)
  }

  @Test(arguments: SavedByKeras.allCases)
  func theOrderSaysNothing(file: SavedByKeras) throws {
    var stored = try file.stored()
    for index in stored.layers.indices { stored.layers[index].weights.reverse() }
    stored.layers.reverse()
    try expectSame(stored, as: try file.stored())
  }

  /// Keras 3.0 to 3.2 wrote no layer's name before the variable's.
  @Test(arguments: [SavedByKeras.top, .hosted])
  func variablesAlone(file: SavedByKeras) throws {
    let stored = try file.stored()
    try expectSame(
      stored.renamingWeights { _, name in String(name.split(separator: "/").last ?? "") }, as: stored)
  }

  /// A second model in one session of TensorFlow 1 has a number behind every name.
  @Test(arguments: SavedByKeras.allCases)
  func numbersBehindTheNames(file: SavedByKeras) throws {
    let stored = try file.stored()
    let changed = stored.renamingWeights { _, name in
      name.split(separator: "/").dropLast().map { $0 + "_1/" }.joined()
        + (name.split(separator: "/").last ?? "")
    }
    #expect(changed.layers.flatMap(\.weights).contains { $0.name.hasPrefix("conv1_bn_1/gamma") })
    try expectSame(changed, as: stored)
  }

  @Test(arguments: SavedByKeras.allCases)
  func modelsBeforeTheNames(file: SavedByKeras) throws {
    let stored = try file.stored()
    try expectSame(stored.renamingWeights { _, name in "sequential_3/" + name }, as: stored)
  }

  @Test(arguments: [SavedByKeras.nested, .hosted])
  func withoutTheIndexOfTheOutput(file: SavedByKeras) throws {
    let stored = try file.stored()
    try expectSame(stored.renamingWeights { _, name in name.replacing(":0", with: "") }, as: stored)
  }

  @Test func weightsAloneOfANestedModel() throws {
    var stored = try SavedByKeras.nested.stored()
    let whole = try model(stored)
    stored.configuration = nil
    stored.container = .legacyWeights
    let found = try Interpretation(of: stored, inputSize: 128)
    #expect(found.model.weights == whole.weights)
    #expect(found.model.graph.layers.map(\.operation) == whole.graph.layers.map(\.operation))
    #expect(found.notes.contains { $0.contains("'dense'") })
  }

  @Test func weightsAloneWithKerassClassifier() throws {
    var stored = try SavedByKeras.top.stored()
    stored.configuration = nil
    #expect(try model(stored).graph == (try MobileNetV1(alpha: 0.1, inputSize: 128, topClasses: 7).graph()))
  }

  @Test(arguments: [
    ("\"class_name\": \"Functional\"", "\"class_name\": \"Model\""),
    ("\"class_name\": \"BatchNormalization\"", "\"class_name\": \"BatchNormalizationV1\""),
    ("\"class_name\": \"BatchNormalization\"", "\"class_name\": \"BatchNormalizationV2\""),
    ("\"axis\": -1", "\"axis\": [3]"),
    ("\"strides\": [1, 1]", "\"strides\": 1"),
    ("\"padding\": [[0, 1], [0, 1]]", "\"padding\": [[0, 1], [0.0, 1.0]]"),
    (#""activation": "linear""#, #""activation": {"class_name": "function", "config": "linear"}"#),
    (#""activation": "softmax""#, #""activation": {"class_name": "Softmax", "config": {"axis": -1}}"#),
    ("\"name\": \"conv1\"", "\"name\": \"conv1\", \"lr\": NaN, \"to\": [Infinity, -Infinity, 1e-5]"),
    ("\"name\": \"conv1\"", #""name": "\u0063onv1", "emoji": "\ud83d\ude00""#),
  ])
  func spellings(text: String, other: String) throws {
    let stored = try SavedByKeras.top.stored()
    #expect(stored.configuration?.contains(text) == true)
    try expectSame(stored.editingConfiguration { $0.replacing(text, with: other) }, as: stored)
  }

  /// Before 2018 ReLU6 was a function that Keras had to be given.
  @Test func relu6AsAnActivation() throws {
    let stored = try SavedByKeras.nested.stored()
    let changed = stored.editingConfiguration {
      $0.replacing("\"class_name\": \"ReLU\"", with: "\"class_name\": \"Activation\"")
        .replacing("\"max_value\": 6.0", with: "\"activation\": \"relu6\"")
    }
    #expect(changed.configuration != stored.configuration)
    try expectSame(changed, as: stored)
  }

  @Test func aLinearActivationIsNoLayer() throws {
    let stored = try SavedByKeras.nested.stored()
    let changed = try stored.replacing(
      "\"class_name\": \"Flatten\", \"config\": {",
      with: """
        "class_name": "Activation", "config": {"name": "nothing", "activation": "linear"}}, \
        {"class_name": "Flatten", "config": {
        """)
    try expectSame(changed, as: stored)
  }

  @Test func epsilonIsEachLayersOwn() throws {
    let stored = try SavedByKeras.nested.stored().replacing("\"epsilon\": 0.001", with: "\"epsilon\": 1e-05")
    let graph = try model(stored).graph
    #expect(graph["conv1_bn"]?.operation == .batchNormalization(BatchNormalization(epsilon: 1e-5)))
    #expect(graph["conv_dw_1_bn"]?.operation == .batchNormalization(BatchNormalization(epsilon: 1e-3)))
  }

  @Test func anOpenInputSizeIsAssumed() throws {
    let stored = try SavedByKeras.top.stored().replacing(
      "\"batch_shape\": [null, 128, 128, 3]", with: "\"batch_shape\": [null, null, null, 3]")
    #expect(try model(stored).graph.inputShape == [128, 128, 3])
    let found = try Interpretation(of: stored, inputSize: nil)
    #expect(found.model.graph.inputShape == [224, 224, 3])
    #expect(found.notes == ["the input size is not in the file: 224 is assumed"])
  }

  @Test func optimizerAndStrangeValuesAreNoted() throws {
    var stored = try SavedByKeras.top.stored()
    stored.hasOptimizerState = true
    let gamma = try #require(stored.layers.firstIndex { $0.name == "conv1_bn" })
    let shape = stored.layers[gamma].weights[0].tensor.shape
    stored.layers[gamma].weights[0].tensor = Tensor(shape: shape, floats: [.nan, 1, 2])
    let notes = try Interpretation(of: stored, inputSize: nil).notes
    #expect(
      notes == [
        "the state of the optimizer is left behind",
        "weight 'conv1_bn/gamma' has 1 value that is not a number",
      ])
  }
}
