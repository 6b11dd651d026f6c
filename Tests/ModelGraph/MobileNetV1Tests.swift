import ModelGraph
import Testing

@Suite struct MobileNetV1Tests {
  /// A network of fixtures/layers/mobilenet_v1.tsv, which Keras itself wrote.
  struct KerasNetwork {
    let name: String
    let lines: [[String]]

    static func all() throws -> [KerasNetwork] {
      let text = try fixtureText("layers/mobilenet_v1.tsv")
      var networks: [KerasNetwork] = []
      for line in text.split(separator: "\n") {
        let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        if line.hasPrefix("#") {
          networks.append(KerasNetwork(name: String(fields[0].dropFirst(2)), lines: []))
        } else if let last = networks.popLast() {
          networks.append(KerasNetwork(name: last.name, lines: last.lines + [fields]))
        }
      }
      return networks
    }
  }

  private func describe(_ graph: Graph) -> [[String]] {
    graph.layers.indices.map { position in
      let layer = graph.layers[position]
      // Keras builds its softmax as `Activation("softmax")`.
      let type = layer.operation == .softmax ? "Activation" : layer.operation.className
      let shape = graph.outputShapes[position].map(String.init).joined(separator: ",")
      return [layer.name, type, shape, String(graph.parameterCount(at: position))]
    }
  }

  @Test func layersAreThoseOfKeras() throws {
    let networks = try KerasNetwork.all()
    try #require(networks.count == 3)
    var multiplied = try MobileNetV1(alpha: 0.35, inputSize: 96, topClasses: 7)
    multiplied.depthMultiplier = 2
    let graphs = [
      try MobileNetV1.graph(), try MobileNetV1.graph(alpha: 0.25, inputSize: 128, includeTop: false),
      try multiplied.graph(),
    ]
    for (keras, ours) in zip(networks, graphs) {
      #expect(describe(ours) == keras.lines)
      #expect(ours.name == keras.name)
    }
  }

  @Test func countsAreThoseOfTheReference() throws {
    #expect(try MobileNetV1.graph().parameterCount == 4_253_864)
    let base = try MobileNetV1.graph(includeTop: false)
    #expect(base.parameterCount == 3_228_864)
    #expect(base.weightIDs.count == 135)
    #expect(FreezeMask.default(for: base).trainableParameterCount(in: base) == 1_048_576)
  }

  @Test func onlyStrideTwoBlocksPad() throws {
    let graph = try MobileNetV1.graph(includeTop: false)
    let pads = graph.layers.filter { $0.name.hasPrefix("conv_pad_") }.map(\.name)
    #expect(pads == ["conv_pad_2", "conv_pad_4", "conv_pad_6", "conv_pad_12"])
    let expected = Window(size: Size2D(square: 3), strides: Size2D(square: 2), padding: .valid)
    #expect(
      graph["conv_dw_12"]?.operation == .depthwiseConv2D(multiplier: 1, expected, useBias: false, .linear))
  }

  @Test func anyWidthsMakeANetwork() throws {
    let widths = Array(1...14)
    let network = MobileNetV1(widths: widths, inputShape: [33, 47, 1])
    let graph = try network.graph()
    #expect(graph.spec(of: WeightID("conv_pw_13/kernel"))?.shape == [1, 1, 13, 14])
    #expect(graph.inputShape == [33, 47, 1])
  }

  @Test(arguments: [0, -1, .nan, .infinity, 65] as [Double])
  func impossibleAlphaIsRefused(_ alpha: Double) {
    #expect(throws: GraphError.self) { try MobileNetV1.graph(alpha: alpha) }
  }

  @Test func alphaThatLeavesNoChannelsIsRefused() {
    #expect(throws: GraphError.badShape(layer: "conv1", input: [112, 112, 0], why: "sizes must be positive"))
    {
      try MobileNetV1.graph(alpha: 0.03)
    }
  }
}
