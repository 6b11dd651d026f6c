internal import ModelGraph
internal import SystemFiles

/// All bytes of an HDF5 file, of which tensors may be views: most are never copied, nor read where nobody asks.
struct FileImage {
  let bytes: UnsafeRawBufferPointer
  private let owner: AnyObject

  init(_ file: SharedBytes) {
    bytes = file.withUnsafeBytes { $0 }
    owner = file
  }

  /// Bytes that stay as long as the process.
  init(mapped bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
    owner = Forever()
  }

  private final class Forever {}

  /// A part of the file, which it keeps alive; nil where the file does not have it, or not aligned.
  func lend(_ range: Range<Int>, alignment: Int) -> TensorBytes? {
    guard !range.isEmpty, range.lowerBound >= 0, range.upperBound <= bytes.count,
      range.lowerBound % alignment == 0
    else { return nil }
    return TensorBytes(UnsafeRawBufferPointer(rebasing: bytes[range]), keptAliveBy: owner)
  }

  /// Where in the file the bytes are that it lent; nil where it did not.
  func offset(of lent: TensorBytes) -> Int? {
    lent.withUnsafeBytes { lent in
      guard let start = lent.baseAddress, let base = bytes.baseAddress, start >= base,
        start + lent.count <= base + bytes.count
      else { return nil }
      return start - base
    }
  }
}
