import ModelGraph
import OpenCL
import SystemFiles

/// As what the features of images are kept between the frozen layers and the rest.
public enum FeaturePrecision: String, Sendable, Hashable, CaseIterable {
  /// As they were computed.
  case float32
  /// The nearest `float16`, ties to even.
  case float16

  /// Of one number.
  public var byteCount: Int {
    switch self {
    case .float32: 4
    case .float16: 2
    }
  }

  /// Writes `count` numbers as they are kept.
  ///
  /// - Returns: Whether each finite number is still finite.
  func keep(_ floats: UnsafePointer<Float>, count: Int, in record: UnsafeMutableRawPointer) -> Bool {
    switch self {
    case .float32:
      record.copyMemory(from: floats, byteCount: 4 * count)
      return true
    case .float16:
      return HalfPrecision.float16(floats, count: count, to: record.assumingMemoryBound(to: UInt16.self))
    }
  }

  /// Reads `count` numbers that were kept.
  func load(_ record: UnsafeRawPointer, count: Int, to floats: UnsafeMutablePointer<Float>) {
    switch self {
    case .float32: floats.update(from: record.assumingMemoryBound(to: Float.self), count: count)
    case .float16:
      HalfPrecision.floats(
        fromFloat16: record.assumingMemoryBound(to: UInt16.self), count: count, to: floats)
    }
  }
}

/// The features of many images, one after another, as the caller keeps them: ``Engine/featureBytes`` each.
public struct FeatureRecords {
  let bytes: UnsafeRawBufferPointer
  /// What the device gathers batches from by itself; nil where the host does it.
  let onDevice: Buffer?
  private let owner: AnyObject?
  private let file: (any FileMemory)?

  /// Records from which the host takes what a batch needs, at once.
  ///
  /// - Parameter bytes: Valid as long as the records are used.
  public init(_ bytes: UnsafeRawBufferPointer) { self.init(bytes, of: nil, onDevice: nil, in: nil) }

  /// - Parameters:
  ///   - owner: Whose life the bytes share.
  ///   - file: Where they wait while they are not needed; nil where they may stay in memory.
  init(
    _ bytes: UnsafeRawBufferPointer, of owner: AnyObject?, onDevice: Buffer?, in file: (any FileMemory)?
  ) {
    self.bytes = bytes
    self.owner = owner
    self.onDevice = onDevice
    self.file = file
  }

  /// Whether memory is to be let go of when images were read.
  var mustLetGo: Bool { file != nil }

  /// - Parameter byteCount: Of each record.
  func willRead(_ indices: ArraySlice<Int>, of byteCount: Int) {
    guard let file else { return }
    for index in indices {
      file.willRead(UnsafeRawBufferPointer(rebasing: bytes[index * byteCount..<(index + 1) * byteCount]))
    }
  }

  func wasRead() { file?.release() }
}
