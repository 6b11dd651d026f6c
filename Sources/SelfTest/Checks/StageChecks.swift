import Engine
import ModelGraph
import Reference

/// Checks each operation of a network by itself, on inputs that are made up.
struct StageChecks {
  private let probe: StageProbe
  private let oracles: StageOracles
  /// Images of each operation: enough for sums over so many pixels, but no more than these.
  private let pixels: Int
  private let mostImages: Int
  private let mask: FreezeMask
  /// The layers whose kernels are kept in fewer bits.
  private let reducedLayers: Set<String>

  var units: [StageProbe.Unit] { probe.units }

  /// - Throws: ``EngineError`` or `GraphError`.
  init(_ pack: Pack, _ kernels: KernelCatalogue, pixels: Int, mostImages: Int) throws {
    probe = try StageProbe(pack, kernels)
    oracles = try StageOracles(pack)
    self.pixels = pixels
    self.mostImages = mostImages
    mask = pack.mask
    reducedLayers = Set(pack.reductions.keys.map(\.layer))
  }

  /// What tells an operation from others as far as its kernels go.
  func key(of unit: StageProbe.Unit) -> String {
    let stages = unit.stages.map { stage in
      "\(stage.kind) \(stage.inputShape) \(stage.outputShape) \(stage.low) \(stage.high) "
        + "\(stage.normalization != nil) \(oracles.trained(stage, mask)) \(isReduced(stage))"
    }
    return "\(stages) \(unit.types) \(unit.isFrozen) \(unit.passesGradientOn) \(unit.following != nil)"
  }

  private func isReduced(_ stage: Stage) -> Bool { reducedLayers.contains(oracles.layer(of: stage)) }

  func check(_ unit: StageProbe.Unit, into findings: inout Findings) throws {
    var numbers = Numbers(seed: UInt64(unit.stages[0].layer))
    let (first, last) = (unit.stages[0].inputShape, unit.stages[unit.stages.count - 1].outputShape)
    let parts = parts(of: first, isFrozen: unit.isFrozen)
    let images = parts.reduce(0, +)
    let x = unit.asRead(numbers.uniform(images * first.pixels * first.channels, -1, 2))
    let dy = numbers.uniform(images * last.pixels * last.channels)
    let run = try probe.run(unit, x, gradient: dy, parts: parts)
    let subject = Subject(unit, images: images)
    let input = NDArray(shape: first.of(images), floats: x)
    if unit.isFrozen, unit.stages.count == 2 {
      try checkFused(unit, run, input, subject, &findings)
    } else {
      let oracle = try oracles.oracle(of: unit.stages)
      let forward = oracle.forward(input)
      checkForward(unit, oracle, forward, run, subject, &findings)
      try checkStatisticsBehind(unit, run, last.of(images), subject, &findings)
      guard !unit.isFrozen else { return }
      let backward = oracle.backward(NDArray(shape: last.of(images), floats: dy), forward)
      checkBackward(backward, run, subject, &findings)
    }
  }

  /// Two micro-batches of unlike sizes, where there is more than one image. Of frozen units three of one size and then the
  /// rest, where there are so many: a chain's counters are used again in the third.
  private func parts(of shape: ActivationShape, isFrozen: Bool) -> [Int] {
    let images = min(max((pixels + shape.pixels - 1) / shape.pixels, 1), mostImages)
    if isFrozen, images > 3 {
      let size = (images - 1) / 3
      return [size, size, size, images - 3 * size]
    }
    let first = (2 * images + 2) / 3
    return first < images ? [first, images - first] : [images]
  }

  private func checkFused(
    _ unit: StageProbe.Unit, _ run: StageRun, _ x: NDArray, _ subject: Subject, _ findings: inout Findings
  ) throws {
    let middle = try oracles.oracle(of: unit.stages[0]).forward(x).output
    let second = try oracles.oracle(of: unit.stages[1])
    var expected = second.forward(middle.value).output
    if let product = second as? ProductOracle { expected = expected.with(product.carried(middle.bound)) }
    var deviation = Deviation()
    deviation.add(run.output, expected)
    findings.checks.append(subject.check("forward", run.forwardKernels, deviation))
  }

  private func checkForward(
    _ unit: StageProbe.Unit, _ oracle: any StageOracle, _ forward: ForwardExpectation, _ run: StageRun,
    _ subject: Subject, _ findings: inout Findings
  ) {
    var deviation = Deviation()
    // Where nothing is trained, nothing drops out.
    guard !(unit.isFrozen && oracle is DropoutOracle) else { return }
    deviation.add(run.output, unit.roundsOutput ? forward.output.roundedToHalf : forward.output)
    let normalization = oracle as? any NormalizingOracle
    if let normalization {
      deviation.add(run.inference, normalization.inference(forward.input).output)
    } else if oracle is DropoutOracle {
      deviation.add(run.inference, Expected(exact: forward.input))
    } else if !unit.isFrozen {
      deviation.add(run.inference, forward.output)
    }
    findings.checks.append(subject.check("forward", run.forwardKernels, deviation))
    guard let normalization else { return }
    var statistics = Deviation()
    for (id, expected) in normalization.movingStatistics(forward.input) {
      statistics.add(run.statistics[id]?.floats ?? [], expected)
    }
    findings.checks.append(subject.check("moving statistics", run.forwardKernels, statistics))
  }

  /// What the operation takes of its own output for the batch-norm behind it.
  private func checkStatisticsBehind(
    _ unit: StageProbe.Unit, _ run: StageRun, _ shape: Shape, _ subject: Subject, _ findings: inout Findings
  ) throws {
    guard let following = unit.following,
      let oracle = try oracles.oracle(of: following) as? any NormalizingOracle
    else { return }
    let expected = oracle.movingStatistics(NDArray(shape: shape, floats: run.output))
    guard expected.keys.allSatisfy({ run.statistics[$0] != nil }) else { return }
    var deviation = Deviation()
    for (id, expected) in expected { deviation.add(run.statistics[id]?.floats ?? [], expected) }
    findings.checks.append(subject.check("statistics of the output", run.forwardKernels, deviation))
  }

  private func checkBackward(
    _ expected: BackwardExpectation, _ run: StageRun, _ subject: Subject, _ findings: inout Findings
  ) {
    if let gradient = run.inputGradient {
      var deviation = Deviation()
      deviation.add(gradient, expected.input)
      findings.checks.append(subject.check("backward data", run.backwardKernels, deviation))
    }
    for (id, gradient) in run.gradients.sorted(by: { $0.key.name.rawValue < $1.key.name.rawValue }) {
      guard let expected = expected.weights[id] else { continue }
      var deviation = Deviation()
      deviation.add(gradient.floats, expected.only(mask[id]))
      findings.checks.append(
        subject.check("backward \(id.name.rawValue)", run.backwardKernels, deviation))
    }
  }
}

/// What is checked, in words.
private struct Subject {
  private let name: String
  private let shape: String

  init(_ unit: StageProbe.Unit, images: Int) {
    let stages = unit.stages
    name = stages.map(\.operationName).joined(separator: " + ")
    let window =
      stages.compactMap(\.window).first.map { " by \($0.size.height)×\($0.size.width)/\($0.strides.height)" }
      ?? ""
    shape =
      "\(stages[0].inputShape.text)\(window) → \(stages[stages.count - 1].outputShape.text), "
      + "\(images) image\(images == 1 ? "" : "s")"
  }

  func check(_ what: String, _ kernels: [KernelRun], _ deviation: Deviation) -> Check {
    Check("\(name), \(what)", shape: shape, kernels, deviation)
  }
}

extension ActivationShape {
  /// [images, H, W, C]
  fileprivate func of(_ images: Int) -> Shape { [images, height, width, channels] }

  fileprivate var text: String { pixels == 1 ? "\(channels)" : "\(height)×\(width)×\(channels)" }
}

extension Stage {
  fileprivate var window: Window? {
    switch kind {
    case .conv2D(let geometry), .depthwiseConv2D(let geometry), .averagePooling2D(let geometry):
      geometry.window
    default: nil
    }
  }

  /// As the kernels' files are called.
  fileprivate var operationName: String {
    switch kind {
    case .conv2D: "conv2d"
    case .depthwiseConv2D: "depthwise_conv2d"
    case .repeatChannels: "repeat_channels"
    case .pointwise: "pointwise_conv2d"
    case .pooledPointwise: "pointwise_conv2d_pooled"
    case .averagePooling2D: "average_pooling2d"
    case .flatten: "flatten"
    case .batchNormalization: "batch_normalization"
    case .dropout: "dropout"
    case .softmax: "softmax"
    }
  }
}
