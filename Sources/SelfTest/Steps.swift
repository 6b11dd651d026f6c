import Engine
import ModelGraph

/// What a self-test does, piece by piece.
struct Steps {
  struct Step {
    /// For people.
    let title: String
    let run: (inout Findings) throws -> Void
  }

  private(set) var steps: [Step] = []
  /// On what the steps depend, besides the kernels; empty where it is always the same.
  private(set) var summary = ""
  private let kernels: KernelCatalogue
  /// Operations that are checked already.
  private var keys: Set<String> = []

  init(_ kernels: KernelCatalogue) { self.kernels = kernels }

  /// Each operation of a network by itself, unless one like it was added before.
  ///
  /// - Parameters:
  ///   - pixels: Of each operation's inputs, in as many images, but no more than `mostImages`.
  mutating func add(stagesOf pack: Pack, pixels: Int, mostImages: Int) throws {
    let checks = try StageChecks(pack, kernels, pixels: pixels, mostImages: mostImages)
    for unit in checks.units where keys.insert("\(checks.key(of: unit)) \(pixels)").inserted {
      let layer = pack.graph.layers[unit.stages[0].layer].name
      steps.append(Step(title: layer) { try checks.check(unit, into: &$0) })
    }
  }

  mutating func add(gradientOf pack: Pack, images: Int, _ mask: String) {
    let check = NetworkCheck(pack, kernels, images: images)
    steps.append(Step(title: "the whole network") { try check.check(mask, into: &$0) })
  }

  /// - Parameter pack: Of which the last operation is trained.
  mutating func add(_ optimizer: Optimizer, of pack: Pack) throws {
    guard let last = try StageProbe(pack, kernels).units.last else { return }
    steps.append(
      Step(title: "optimizers") { [kernels] in
        try OptimizerChecks.check(optimizer, last, of: pack, kernels, into: &$0)
      })
  }

  mutating func add(_ loss: LossSettings, classes: Int, images: Int) {
    steps.append(
      Step(title: "softmax") { [kernels] in
        try LossChecks.check(classes: classes, images: images, loss, kernels, into: &$0)
      })
  }

  mutating func add(gatherOf shape: Shape, isImage: Bool, _ precision: FeaturePrecision) {
    steps.append(
      Step(title: "gather") { [kernels] in
        try GatherChecks.check(shape, isImage: isImage, precision, kernels, into: &$0)
      })
  }
}

extension Steps {
  /// What a training run of `pack` will do, on smaller shapes: its own operations, optimizer, loss and features.
  static func ofRun(
    _ pack: Pack, _ optimizer: Optimizer, _ loss: LossSettings, _ precision: FeaturePrecision,
    _ kernels: KernelCatalogue
  ) throws -> Steps {
    var steps = Steps(kernels)
    let graph = pack.graph.miniature() ?? pack.graph
    let kernelsAreHalves = kernels.readHalves && pack.reductions.values.contains(.float16)
    let small = try Pack(
      madeUp: graph, pack.mask.miniature(of: graph), kernelsAreHalves: kernelsAreHalves)
    steps.summary =
      "\(graph.layers.map(\.operation)) \(small.mask.summary(in: graph)) \(optimizer) \(loss) \(precision)"
      + (kernelsAreHalves ? " float16 kernels" : "")
    try steps.add(stagesOf: small, pixels: 400, mostImages: 40)
    try steps.add(optimizer, of: small)
    steps.add(loss, classes: graph.outputShape.last ?? 1, images: 9)
    for isImage in [false, true] { steps.add(gatherOf: [3, 2, 37], isImage: isImage, precision) }
    steps.add(
      gradientOf: try Pack(
        madeUp: graph.withoutDropout(), small.mask, kernelsAreHalves: kernelsAreHalves), images: 3,
      small.mask.summary(in: graph))
    return steps
  }

  /// The operations of ``quickPacks()`` on small shapes.
  static func quick(_ kernels: KernelCatalogue) throws -> Steps {
    var steps = Steps(kernels)
    for pack in try quickPacks() {
      steps.append(
        try ofRun(pack, Optimizer(.sgd(), weightDecay: 0.25), LossSettings(), .float32, kernels))
    }
    return steps
  }

  /// MobileNet V1 with the default mask, and with everything trained.
  static func quickPacks() throws -> [Pack] {
    let graph = try mobileNet(alpha: 1, inputSize: 224)
    return try [.default(for: graph), FreezeMask(parsing: "*", in: graph)].map {
      try Pack(madeUp: graph, $0)
    }
  }

  /// Every kernel: on the shapes of MobileNet V1 1.0/224, and on odd ones.
  static func full(_ kernels: KernelCatalogue) throws -> Steps {
    var steps = try odd(kernels)
    try steps.addMobileNet()
    return steps
  }

  /// Every kernel, on odd shapes.
  static func odd(_ kernels: KernelCatalogue) throws -> Steps {
    var steps = Steps(kernels)
    try steps.addSmallKernels()
    for graph in try OddNetworks.all() {
      let masks = try ["none", "*,-*_bn", "*", "*:bias"].map { try FreezeMask(parsing: $0, in: graph) }
      for mask in masks + [.default(for: graph)] {
        let pack = try Pack(madeUp: graph, mask)
        try steps.add(stagesOf: pack, pixels: 400, mostImages: 37)
        try steps.add(stagesOf: pack, pixels: 1, mostImages: 1)
      }
      if kernels.readHalves {
        let pack = try Pack(madeUp: graph, masks[0], kernelsAreHalves: true)
        try steps.add(stagesOf: pack, pixels: 400, mostImages: 37)
      }
      let whole = try graph.withoutDropout()
      for mask in ["*,-*_bn", "*"] {
        steps.add(
          gradientOf: try Pack(madeUp: whole, FreezeMask(parsing: mask, in: whole)), images: 5, mask)
      }
    }
    return steps
  }

  private mutating func addSmallKernels() throws {
    let graph = try mobileNet(alpha: 0.25, inputSize: 32)
    let pack = try Pack(madeUp: graph, FreezeMask(parsing: "conv_pw_13[3:200],dense[1:4]", in: graph))
    for optimizer in OptimizerChecks.optimizers { try add(optimizer, of: pack) }
    for (classes, images) in [(1, 1), (5, 163), (17, 3), (1000, 8)] {
      for settings in LossChecks.settings { add(settings, classes: classes, images: images) }
    }
    for precision in FeaturePrecision.allCases {
      for shape in [[7, 7, 1024], [3, 5, 19], [1, 1, 1]] { add(gatherOf: shape, isImage: false, precision) }
      add(gatherOf: [5, 7, 3], isImage: true, precision)
    }
  }

  private mutating func addMobileNet() throws {
    let small = try mobileNet(alpha: 0.25, inputSize: 64)
    for mask in ["conv_pw_13,dense", "*,-*_bn", "*"] {
      add(gradientOf: try Pack(madeUp: small, FreezeMask(parsing: mask, in: small)), images: 3, mask)
    }
    let graph = try mobileNet(alpha: 1, inputSize: 224)
    for mask in ["none", "conv_pw_13,dense", "*,-*_bn", "*"] {
      try add(
        stagesOf: Pack(madeUp: graph, FreezeMask(parsing: mask, in: graph)), pixels: 196, mostImages: 4)
    }
  }

  private mutating func append(_ other: Steps) { steps += other.steps }
}

/// MobileNet V1 with a classifier of five classes.
private func mobileNet(alpha: Double, inputSize: Int) throws -> Graph {
  try MobileNetV1(alpha: alpha, inputSize: inputSize).graph().withHead(classes: 5)
}
