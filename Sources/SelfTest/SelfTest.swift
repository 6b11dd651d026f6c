public import Engine
package import ModelGraph
public import OpenCL

/// Whether a device computes what the network is: each kernel that it would be given, beside double precision.
public struct SelfTest {
  private let kernels: KernelCatalogue

  /// The kernels that run on a device where nothing else is asked for.
  ///
  /// - Throws: ``EngineError/noSuchKernels(_:)``
  public init(device: Device) throws(EngineError) {
    self.init(KernelCatalogue(device, try .chosen(for: device)))
  }

  package init(_ kernels: KernelCatalogue) { self.kernels = kernels }

  public var variant: KernelVariant { kernels.variant }

  /// Checks all kernels: on small shapes those of a MobileNet where it is to be quick, else every one, on the shapes of
  /// MobileNet V1 1.0/224 and on odd ones.
  ///
  /// - Parameter progress: Called before each step with what it is, how many are done, and of how many.
  /// - Throws: `OpenCLError` where the device fails, or what `progress` throws.
  public func run(
    quick: Bool, _ progress: (_ step: String, _ done: Int, _ of: Int) throws -> Void = { _, _, _ in }
  ) throws -> Findings {
    if quick {
      Engine.foresee(try Steps.quickPacks(), EngineOptions(batchSize: 1), kernels)
    } else {
      kernels.foreseeAll()
    }
    let findings = try run(quick ? Steps.quick(kernels) : Steps.full(kernels), progress)
    if !findings.failed.isEmpty {
      results.keep(.failed(findings.suspects.sorted()), .everything)
    } else if !quick {
      results.keep(.passed, .everything)
    }
    return findings
  }

  /// Checks all kernels on odd shapes alone: for tests, which plant faults.
  package func runOnOddShapes(untilOneFails: Bool = false) throws -> Findings {
    try run(Steps.odd(kernels), untilOneFails: untilOneFails) { _, _, _ in }
  }

  /// Makes sure that the kernels of a training run are right: what is not known of them is found out, on small shapes.
  ///
  /// - Returns: What was found out; nil where all was known.
  /// - Throws: ``SelfTestError`` where one is wrong, `OpenCLError` where the device fails, ``EngineError`` where the network
  ///   cannot run.
  package func vouch(
    for pack: Pack, _ optimizer: Optimizer, _ loss: LossSettings, _ precision: FeaturePrecision
  ) throws -> Findings? {
    let steps = try Steps.ofRun(pack, optimizer, loss, precision, kernels)
    let known = results[.everything]
    let subject = KnownResults.Subject.run(steps.summary)
    if known == .passed || known == nil && results[subject] == .passed { return nil }
    var options = EngineOptions(batchSize: 1)
    (options.optimizer, options.loss, options.featurePrecision) = (optimizer, loss, precision)
    Engine.foresee([pack], options, kernels)
    let findings = try run(steps) { _, _, _ in }
    guard findings.failed.isEmpty else {
      throw SelfTestError(findings.failed, device: kernels.device.info.name)
    }
    // What failed on other shapes is not to be used on these.
    if case .failed(let names) = known, !findings.kernels.isDisjoint(with: names) {
      throw SelfTestError.wrong(
        kernels: findings.kernels.intersection(names).sorted(), device: kernels.device.info.name, example: "")
    }
    results.keep(.passed, subject)
    return findings
  }

  private var results: KnownResults { KnownResults(kernels) }

  private func run(
    _ steps: Steps, untilOneFails: Bool = false, _ progress: (String, Int, Int) throws -> Void
  ) throws -> Findings {
    let clock = ContinuousClock()
    let start = clock.now
    let secondsBefore = kernels.device.secondsOfCompiling
    var findings = Findings()
    for (done, step) in steps.steps.enumerated() where !untilOneFails || findings.failed.isEmpty {
      try progress(step.title, done, steps.steps.count)
      try step.run(&findings)
    }
    findings.seconds = (clock.now - start) / .seconds(1)
    findings.secondsOfBuilding = kernels.device.secondsOfCompiling - secondsBefore
    return findings
  }
}
