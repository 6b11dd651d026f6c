public import Engine
public import OpenCL

/// Finds how the kernels' work is best cut on a device, by trying it.
///
/// Each part of a tiling is chosen by the work that it matters most to, on MobileNet V1 1.0/224, with the best of the parts
/// before it.
public struct Tuner {
  /// A choice that was tried.
  public struct Trial: Sendable, Hashable {
    public let part: TilingPart
    public let tiling: Tiling
    /// nil where the device would not run it.
    public let imagesPerSecond: Double?
    /// Whether no other choice of the part is faster.
    public internal(set) var isBest = false
  }

  private let device: Device
  private let rounds: Int
  private let seconds: Double

  /// The kernels that run on the device, with the best of the parts that were tried so far; at first, as they are shipped.
  public private(set) var variant: KernelVariant

  /// - Parameters:
  ///   - rounds: Measurements of each trial.
  ///   - seconds: What a measurement takes at least.
  /// - Throws: ``EngineError/noSuchKernels(_:)``
  public init(device: Device, rounds: Int, seconds: Double) throws(EngineError) {
    self.device = device
    self.rounds = rounds
    self.seconds = seconds
    variant = try .chosen(for: device)
    variant.tiling = KernelVariant(variant.family, on: device.info).tiling
  }

  /// Tries the choices of a part, and takes the best.
  ///
  /// - Parameter willTry: Called before each.
  /// - Throws: What the network or the device cannot do, whatever the choice.
  public mutating func tune(_ part: TilingPart, willTry: (Tiling) -> Void = { _ in }) throws -> [Trial] {
    var trials: [Trial] = []
    for tiling in variant.tiling.candidates(for: part, on: device.info) {
      willTry(tiling)
      trials.append(Trial(part: part, tiling: tiling, imagesPerSecond: try rate(tiling, part.work)))
    }
    let rates = trials.map { $0.imagesPerSecond ?? 0 }
    if let fastest = rates.max(), fastest > 0, let index = rates.firstIndex(of: fastest) {
      trials[index].isBest = true
      variant.tiling = trials[index].tiling
    }
    return trials
  }

  private func rate(_ tiling: Tiling, _ work: Work) throws -> Double? {
    var variant = variant
    variant.tiling = tiling
    let benchmark = Benchmark(device: device, rounds: rounds, seconds: seconds, kernels: variant)
    do {
      return try benchmark.rate(of: work).imagesPerSecond
    } catch is OpenCLError {
      return nil
    }
  }
}

extension TilingPart {
  /// What is measured to choose it.
  fileprivate var work: Work {
    switch self {
    case .tile, .product: .forward32
    case .filter: .tail
    case .group: .unfrozen
    }
  }
}
