import Glibc
public import OpenCL

/// A form of the kernels: the same operations on the same memory, cut for one kind of device. What is not in a family's own
/// folder is for both.
public enum KernelFamily: String, Sendable, Hashable, CaseIterable {
  /// A work-item computes a tile in its registers, and work-groups have one: Kernels/cpu.
  case cpu
  /// A work-group shares tiles in local memory: Kernels/gpu.
  case gpu

  /// What suits a device: its kind, where it has room for the smallest work-groups.
  public init(on info: DeviceInfo) {
    switch info.kind {
    case .gpu, .accelerator: self = Tiling.general.runs(.gpu, on: info) ? .gpu : .cpu
    case .cpu, .other: self = .cpu
    }
  }

}

/// What the environment variable `MLPACK_KERNELS` may name.
public enum KernelChoice: String, Sendable, CaseIterable {
  case cpu, gpu
  /// Those for GPUs, with what goes from a frozen convolution to the next kept as half.
  case gpuWithHalf = "gpu-f16"

  public var family: KernelFamily {
    switch self {
    case .cpu: .cpu
    case .gpu, .gpuWithHalf: .gpu
    }
  }

  var frozenActivations: Element { self == .gpuWithHalf ? .half : .float }

  /// nil where the variable is not set or empty.
  ///
  /// - Throws: ``EngineError/noSuchKernels(_:)``
  public static func named(byEnvironment environment: (String) -> String?) throws(EngineError)
    -> KernelChoice?
  {
    guard let name = environment("MLPACK_KERNELS"), !name.isEmpty else { return nil }
    guard let choice = KernelChoice(rawValue: name) else { throw .noSuchKernels(name) }
    return choice
  }
}

/// A family of kernels, and how its work is cut.
public struct KernelVariant: Sendable, Hashable, CustomStringConvertible {
  public let family: KernelFamily
  public var tiling: Tiling
  /// As what the family for GPUs keeps what goes from a frozen convolution to the next, as far as it is bounded: half takes
  /// half of the memory and of its traffic, and rounds each number to 11 bits. Sums are float all the same.
  public let frozenActivations: Element

  public init(_ family: KernelFamily, _ tiling: Tiling, frozenActivations: Element = .float) {
    self.family = family
    self.tiling = tiling
    self.frozenActivations = frozenActivations
  }

  public var description: String {
    "\(family)\(noteOfHalf): " + TilingPart.of(family).map(tiling.description(of:)).joined(separator: "; ")
  }

  /// Behind the family's name, for people.
  public var noteOfHalf: String { frozenActivations == .half ? ", frozen activations as f16" : "" }

  /// The family as it is shipped for a device.
  public init(_ family: KernelFamily, on info: DeviceInfo, frozenActivations: Element = .float) {
    self.init(family, Tiling.default(on: info), frozenActivations: frozenActivations)
  }

  /// What runs on a device where nothing else is asked for: what `MLPACK_KERNELS` names, else the family for its
  /// kind; its work cut as a tuner found best on this device, else as it is shipped.
  ///
  /// - Throws: ``EngineError/noSuchKernels(_:)``
  public static func chosen(for device: Device) throws(EngineError) -> KernelVariant {
    let named = try KernelChoice.named { name in getenv(name).map { String(cString: $0) } }
    var variant = KernelVariant(
      named?.family ?? KernelFamily(on: device.info), on: device.info,
      frozenActivations: named?.frozenActivations ?? .float)
    if let tuned = variant.tunedTiling(on: device) { variant.tiling = tuned }
    return variant
  }
}
