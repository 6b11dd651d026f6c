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

  /// The family that the environment variable `MLPACK_KERNELS` names; nil where it is not set or empty.
  ///
  /// - Throws: ``EngineError/noSuchKernels(_:)``
  public static func named(byEnvironment environment: (String) -> String?) throws(EngineError)
    -> KernelFamily?
  {
    guard let name = environment("MLPACK_KERNELS"), !name.isEmpty else { return nil }
    guard let family = KernelFamily(rawValue: name) else { throw .noSuchKernels(name) }
    return family
  }
}

/// A family of kernels, and how its work is cut.
public struct KernelVariant: Sendable, Hashable, CustomStringConvertible {
  public let family: KernelFamily
  public let tiling: Tiling

  public init(_ family: KernelFamily, _ tiling: Tiling) {
    self.family = family
    self.tiling = tiling
  }

  public var description: String {
    "\(family): " + TilingPart.of(family).map(tiling.description(of:)).joined(separator: "; ")
  }

  /// The family as it is shipped for a device.
  public init(_ family: KernelFamily, on info: DeviceInfo) {
    self.init(family, Tiling.default(on: info))
  }

  /// What runs on a device where nothing else is asked for: the family that `MLPACK_KERNELS` names, else the one for its
  /// kind; its work cut as a tuner found best on this device, else as it is shipped.
  ///
  /// - Throws: ``EngineError/noSuchKernels(_:)``
  public static func chosen(for device: Device) throws(EngineError) -> KernelVariant {
    let named = try KernelFamily.named { name in getenv(name).map { String(cString: $0) } }
    let family = named ?? KernelFamily(on: device.info)
    return KernelVariant(family, Tiling.tuned(family, on: device) ?? Tiling.default(on: device.info))
  }
}
