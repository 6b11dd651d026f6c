internal import SystemFiles

/// What the first bytes of a file say that it is; its name says nothing reliable.
enum FileSignature: Hashable {
  case empty
  case hdf5
  case zip
  /// An object; what it says is for its reader to find out.
  case json
  case gitLFSPointer
  case unknown

  /// - Throws: `FileError` where the file is not there or cannot be read.
  init(ofFileAt path: String) throws(FileError) {
    self = try MappedFile(path: path).withUnsafeBytes { FileSignature(of: $0) }
  }

  private init(of bytes: UnsafeRawBufferPointer) {
    if bytes.isEmpty {
      self = .empty
    } else if FileSignature.holdsHDF5(bytes) {
      self = .hdf5
    } else if bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
      self = .zip
    } else if bytes.first(where: { !" \t\r\n".utf8.contains($0) }) == UInt8(ascii: "{") {
      self = .json
    } else if bytes.starts(with: "version https://git-lfs".utf8) {
      self = .gitLFSPointer
    } else {
      self = .unknown
    }
  }

  /// The signature stands at the start, or behind a user block of 512, 1024, 2048, … bytes.
  private static func holdsHDF5(_ bytes: UnsafeRawBufferPointer) -> Bool {
    let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
    var offset = 0
    while offset <= bytes.count - signature.count {
      if bytes[offset...].starts(with: signature) { return true }
      offset = offset == 0 ? 512 : offset * 2
    }
    return false
  }
}
