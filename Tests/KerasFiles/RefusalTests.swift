import Foundation
import KerasFiles
import ModelGraph
import SystemFiles
import Testing

/// What is not a MobileNet V1 is refused, by the name of what is wrong.
@Suite struct RefusalTests {
  private let top: StoredNetwork

  init() throws { top = try SavedByKeras.top.stored() }

  @Test func missingAndForeignWeights() throws {
    var missing = top
    let conv = try #require(missing.layers.firstIndex { $0.name == "conv_pw_3" })
    missing.layers[conv].weights = []
    #expect(
      problem(of: missing)
        == .unsound(.missingWeight(WeightID(layer: "conv_pw_3", name: .kernel), expected: [1, 1, 12, 12])))

    var foreign = top
    foreign.layers[conv].weights[0].name = "conv_pw_3/lora_kernel_a"
    #expect(problem(of: foreign) == .unknownWeight("/model_weights/conv_pw_3/conv_pw_3/kernel"))

    var double = top
    double.layers[conv].weights.append(double.layers[conv].weights[0])
    #expect(problem(of: double) == .duplicateWeight("/model_weights/conv_pw_3/conv_pw_3/kernel"))

    var misshapen = top
    misshapen.layers[conv].weights[0].tensor = Tensor(
      shape: [12, 12], floats: Array(repeating: 0, count: 144))
    #expect(
      problem(of: misshapen)
        == .unsound(
          .misshapenWeight(
            WeightID(layer: "conv_pw_3", name: .kernel), expected: [1, 1, 12, 12], found: [12, 12])))
  }

  @Test func weightsAloneOfAnotherNetwork() throws {
    var stored = try SavedByKeras.hosted.stored()
    stored.layers.removeAll { $0.name == "conv_pw_5" }
    #expect(problem(of: stored) == .notMobileNet("it has no weight 'conv_pw_5/kernel'"))
    stored.layers = []
    #expect(problem(of: stored) == .notMobileNet("it has no weight 'conv1/kernel'"))

    stored = try SavedByKeras.hosted.stored()
    stored.layers[1].weights[0].tensor = Tensor(shape: [27, 3], floats: Array(repeating: 0, count: 81))
    #expect(
      problem(of: stored)
        == .notMobileNet("weight 'conv1/kernel' has shape [27, 3], where four dimensions are expected"))

    stored = try SavedByKeras.hosted.stored()
    let dense = Tensor(shape: [102, 5], floats: Array(repeating: 0, count: 510))
    for name in ["first", "second"] {
      let weight = StoredWeight(name: name + "/kernel:0", place: .init(path: "/" + name), tensor: dense)
      stored.layers.append(StoredLayer(name: name, weights: [weight]))
    }
    guard case .foreignHead(let head) = problem(of: stored), head.map(\.name) == ["first", "second"] else {
      Issue.record("two dense layers in a file of weights alone were put together")
      return
    }
  }

  @Test(
    arguments: [
      (
        "\"class_name\": \"Dropout\"", "\"class_name\": \"Lambda\"",
        .foreignHead([
          ForeignLayer(name: "dropout", why: "of class Lambda"),
          ForeignLayer(name: "conv_preds"),
          ForeignLayer(name: "reshape_2"),
          ForeignLayer(name: "predictions"),
        ])
      ),
      (
        "\"data_format\": \"channels_last\"", "\"data_format\": \"channels_first\"",
        .unsupported(layer: "conv1", why: "data_format channels_first; convert the model to channels_last")
      ),
      (
        "\"dilation_rate\": [1, 1]", "\"dilation_rate\": 2",
        .unsupported(layer: "conv1", why: "its window is dilated")
      ),
      ("\"groups\": 1", "\"groups\": 2", .unsupported(layer: "conv1", why: "its convolution is in groups")),
      ("\"axis\": -1", "\"axis\": 1", .unsupported(layer: "conv1_bn", why: "axis 1 is not the last")),
      (
        "\"renorm\": false", "\"renorm\": true", .unsupported(layer: "conv1_bn", why: "batch renormalisation")
      ),
      (
        "\"threshold\": 0.0", "\"threshold\": 1",
        .unsupported(layer: "conv1_relu", why: "a ReLU with a slope or threshold")
      ),
      (
        "\"activation\": \"linear\"", "\"activation\": \"mish\"",
        .unsupported(layer: "conv1", why: "activation 'mish'")
      ),
      (
        "\"mask\": null", "\"training\": true",
        .unsupported(layer: "conv1_bn", why: "it is called with training=True")
      ),
      (
        "\"filters\": 3", "\"filters\": \"three\"",
        .badConfiguration("'filters' of layer 'conv1' is not an integer")
      ),
      (
        "\"filters\": 3", "\"filters\": 1e300",
        .badConfiguration("'filters' of layer 'conv1' is not an integer")
      ),
      (
        "\"kernel_size\": [3, 3]", "\"kernel_size\": [3]",
        .badConfiguration("'kernel_size' of layer 'conv1' is not one or two integers")
      ),
      (
        "\"epsilon\": 0.001", "\"epsilon\": NaN",
        .badConfiguration("'epsilon' of layer 'conv1_bn' is not a finite number")
      ),
      (
        "\"epsilon\": 0.001", "\"epsilon\": -1",
        .badConfiguration("'epsilon' of layer 'conv1_bn' is not zero or more")
      ),
      (
        "\"use_bias\": false", "\"use_bias\": \"no\"",
        .badConfiguration("'use_bias' of layer 'conv1' is not true or false")
      ),
      (
        "\"padding\": \"same\"", "\"padding\": \"full\"",
        .badConfiguration("'padding' of layer 'conv1' is not valid or same")
      ),
      ("\"filters\": 3", "\"filters\": 9223372036854775807", .unsound(.tooLarge(layer: "conv1"))),
      ("\"batch_shape\": [null, 128, 128, 3]", "\"batch_shape\": [null, -1, 128, 3]", nil),
    ] as [(String, String, KerasFileError.Problem?)])
  func configurations(text: String, other: String, expected: KerasFileError.Problem?) throws {
    let found = problem(of: try top.replacing(text, with: other))
    #expect(found != nil)
    if let expected { #expect(found == expected) }
  }

  @Test func anotherOrderOfLayers() {
    let stored = top.editingConfiguration {
      $0.replacing("\"class_name\": \"DepthwiseConv2D\"", with: "\"class_name\": \"Conv2D\", \"was\": \"\"")
        .replacing("\"depth_multiplier\": 1", with: "\"filters\": 3")
    }
    #expect(
      problem(of: stored)
        == .notMobileNet("layer 'conv_dw_1' is of class Conv2D, where DepthwiseConv2D is expected"))
  }

  @Test func layersThatTakeEachOther() throws {
    let history = "\"keras_history\": [\"input_layer\", 0, 0]"
    let stored = try top.replacing(history, with: "\"keras_history\": [\"predictions\", 0, 0]")
    #expect(
      problem(of: stored) == .badConfiguration("layer 'conv1' takes a layer that is not there, or itself"))
    #expect(
      problem(of: try top.replacing(history, with: "\"keras_history\": [\"input_layer\", 1, 0]")) == nil)
    #expect(
      problem(of: try top.replacing(history, with: "\"keras_history\": [\"input_layer\", 0, 1]"))
        == .badConfiguration("'conv1' takes output 1 of 'input_layer'"))
  }

  /// Gone through as often as there are layers, these would take hours.
  @Test(arguments: [
    (4000, "the layers of 'm' stand in no order in which Keras writes them"),
    (60_000, "'m' has 60000 layers"),
  ])
  func layersFromBehind(count: Int, expected: String) {
    let layers = (1..<count).reversed().map { number in
      let name = "\"name\": \"l\(number)\""
      return "{\"class_name\": \"Flatten\", \(name), \"inbound_nodes\": [[[\"l\(number - 1)\", 0, 0]]]}"
    }
    let text = """
      {"class_name": "Functional", "config": {"name": "m", "layers": [\(layers.joined(separator: ",")),
      {"class_name": "InputLayer", "name": "l0", "config": {"batch_shape": [null, 8, 8, 3]}}],
      "input_layers": ["l0", 0, 0], "output_layers": ["l\(count - 1)", 0, 0]}}
      """
    let clock = ContinuousClock()
    let time = clock.measure {
      #expect(problem(of: top.editingConfiguration { _ in text }) == .badConfiguration(expected))
    }
    #expect(time < .seconds(20))
  }

  @Test(arguments: [
    "", "{", "[]", "{}", "null", "\"text\"", "{\"class_name\": \"Functional\"}", "{\"class_name\": 1}",
    "{\"class_name\": \"Sequential\", \"config\": {\"layers\": []}}",
    "{\"class_name\": \"Sequential\", \"config\": {\"layers\": [1]}}", "{\"class_name\": \"\\ud800\"}",
    "{\"class_name\": \"Sequential\"} x", "{\"a\" 1}", "[1, 2", "{\"a\": 01x}", "tru", "\u{1}",
  ])
  func brokenConfigurations(text: String) {
    #expect(problem(of: top.editingConfiguration { _ in text }) != nil)
  }

  @Test func deepConfigurations() {
    let brackets = String(repeating: "[", count: 100_000)
    #expect(
      problem(of: top.editingConfiguration { _ in brackets })
        == .badConfiguration("nested too deeply at byte 100"))
    let model = "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"m\", \"layers\": ["
    let nest = String(repeating: model, count: 20) + String(repeating: "]}}", count: 20)
    #expect(
      problem(of: top.editingConfiguration { _ in nest })
        == .unsupported(layer: "m", why: "models nested too deeply"))
  }

  @Test func everyCutConfigurationIsRefused() throws {
    let text = Array(try #require(top.configuration).utf8)
    for length in stride(from: 0, to: text.count, by: 997) {
      let cut = String(decoding: text[..<length], as: UTF8.self)
      #expect(problem(of: top.editingConfiguration { _ in cut }) != nil)
    }
  }

  @Test func filesOfOtherKinds() throws {
    try withFolder { (folder) throws in
      for (content, expected) in [
        ("", .empty), ("weights", .unknownFormat), ("{\"a\": 1}", .unknownFormat),
        ("{\"weight_map\": {}}", .noNetwork),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", .gitLFSPointer),
      ] as [(String, KerasFileError.Problem)] {
        let path = folder + "/file.h5"
        try Data(content.utf8).write(to: URL(filePath: path))
        #expect(problem { _ = try KerasFile(reading: path) } == expected)
      }
      #expect(throws: FileError.self) { try KerasFile(reading: folder + "/missing.h5") }
      #expect(throws: FileError.self) { try KerasFile(reading: folder) }
    }
  }

  @Test func truncatedFiles() throws {
    let whole = try bytes(of: SavedByKeras.outer.path)
    try withFolder { (folder) throws in
      for length in [9, 100, 2048, whole.count / 2, whole.count - 1] {
        let path = folder + "/file.h5"
        try Data(whole[..<length]).write(to: URL(filePath: path))
        guard case .unreadable = problem({ _ = try KerasFile(reading: path) }) else {
          Issue.record("\(length) bytes of \(whole.count) were read")
          return
        }
      }
    }
  }

  @Test(
    arguments: [
      ("hdf5/no_network.h5", .noNetwork),
      (
        "hdf5/keras3_weights.weights.h5",
        .notMobileNet("it has no model with 13 depthwise convolutions")
      ),
      (
        "keras/hostile_external_storage.h5",
        .unreadable(object: "/conv1/conv1/kernel:0", why: "keeps its data in another file, which is refused")
      ),
      (
        "keras/hostile_never_written.h5",
        .unreadable(object: "/conv1/conv1/kernel:0", why: "was declared but never written")
      ),
      (
        "keras/hostile_linked_layer.h5",
        .unreadable(object: "/conv1", why: "is a soft or external link; only hard links are followed")
      ),
      ("keras/hostile_missing_layer.h5", .unreadable(object: "/conv1", why: "is not there")),
    ] as [(String, KerasFileError.Problem)])
  func hostileFiles(name: String, expected: KerasFileError.Problem) {
    #expect(problem { _ = try KerasFile(reading: fixture(name)) } == expected)
  }

  @Test func errorsAreOneLineAboutTheFile() throws {
    let path = fixture("hdf5/no_network.h5")
    do {
      _ = try KerasFile(reading: path)
      Issue.record("nothing was thrown")
    } catch {
      let expected =
        "'\(path)' holds no Keras network (neither 'layer_names' nor 'model_weights' nor 'layers' is there); save the model in "
        + "Keras with model.save(\"name.keras\")"
      #expect("\(error)" == expected)
    }
    let name = KerasFileError(file: "a.h5", .unknownWeight("x\n\u{1B}[31m"))
    #expect(
      name.description == "'a.h5' has weight 'x\\u{a}\\u{1b}[31m', which belongs to no layer of the network; "
        + "fetch it again, or save it again in Keras")
  }
}
