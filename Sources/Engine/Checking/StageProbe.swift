package import ModelGraph
import OpenCL

/// The operations of a network on a device, each to be run by itself on what the caller gives it: so a self-test can
/// tell which kernel is wrong.
package struct StageProbe {
  /// What one operation computes.
  package struct Unit {
    /// One, or two that a kernel computes as one.
    package let stages: [Stage]
    /// As what input and output are kept.
    package let types: OperandTypes
    /// Whether it is run once an image, forward only.
    package let isFrozen: Bool
    /// Whether the gradient of its input is computed.
    package let passesGradientOn: Bool
    /// The batch-norm in training mode behind it, whose statistics it may take.
    package let following: Stage?

    /// Whether the output is rounded to half.
    package var roundsOutput: Bool { types.output == .half }

    /// Numbers of an input as the operation finds them.
    package func asRead(_ numbers: [Float]) -> [Float] {
      types.input == .half ? numbers.roundedToHalf : numbers
    }
  }

  package let units: [Unit]
  private let pack: Pack
  private let kernels: KernelCatalogue

  /// - Throws: ``EngineError``
  package init(_ pack: Pack, _ kernels: KernelCatalogue) throws {
    let plan = try Plan(pack, kernels.family)
    let frozen = StageFactory.groups(of: plan.stages[..<plan.cut], kernels, chains: false).map {
      Unit(stages: $0.stages, types: $0.types, isFrozen: true, passesGradientOn: false, following: nil)
    }
    let repeated = plan.units.map { unit in
      Unit(
        stages: Array(plan.stages[unit]), types: OperandTypes(), isFrozen: false,
        passesGradientOn: plan.passesGradientOn(unit),
        following: unit.upperBound < plan.end && plan.stages[unit.upperBound].isNormalization
          ? plan.stages[unit.upperBound] : nil)
    }
    units = frozen + repeated
    self.pack = pack
    self.kernels = kernels
  }

  /// Runs an operation forward, and where it is not frozen backward.
  ///
  /// - Parameters:
  ///   - input: [images, H, W, C]
  ///   - gradient: Of the output, in the output's shape; not needed where the unit is frozen.
  ///   - parts: Images of each micro-batch.
  ///   - dropoutKey: From which draws of dropout follow.
  package func run(
    _ unit: Unit, _ input: [Float], gradient: [Float], parts: [Int], dropoutKey: UInt64 = 1
  ) throws -> StageRun {
    guard !unit.isFrozen else {
      let operation = try StageFactory.frozen(unit.stages, of: pack, kernels)
      return try StageRun(frozen: operation, unit, input, parts, kernels)
    }
    let operation = try StageFactory.operation(
      unit.stages, of: pack, kernels, microBatch: parts.max() ?? 1,
      passesGradientOn: unit.passesGradientOn)
    return try StageRun(
      operation, unit, try following(unit, operation, parts), input, gradient: gradient,
      parts: MicroBatch.parts(parts, dropoutKey), kernels)
  }

  /// The batch-norm behind a unit, where the unit takes its statistics.
  private func following(
    _ unit: Unit, _ operation: any StageOperation, _ parts: [Int]
  ) throws -> TrainedNormalization? {
    guard let stage = unit.following, case .batchNormalization(let settings) = stage.kind,
      let taker = operation as? any StatisticsTaker
    else { return nil }
    let normalization = try TrainedNormalization(
      stage, settings, of: pack, kernels, microBatch: parts.max() ?? 1)
    normalization.follow(taker)
    return normalization
  }

  /// From which a dropout layer's draws follow.
  package static func dropoutKey(_ key: UInt64, of stage: Stage) -> UInt32 {
    DropoutStage.key(step: key, layer: stage.layer)
  }
}

extension MicroBatch {
  /// A batch in parts of these sizes.
  fileprivate static func parts(_ sizes: [Int], _ dropoutKey: UInt64) -> [MicroBatch] {
    let all = sizes.reduce(0, +)
    var first = 0
    return sizes.map { images in
      defer { first += images }
      return MicroBatch(first: first, images: images, batchImages: all, dropoutKey: dropoutKey)
    }
  }
}
