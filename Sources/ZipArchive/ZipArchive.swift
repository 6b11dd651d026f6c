internal import CZip

/// A zip archive in memory, whose members were checked before any of them is read.
///
/// Members are stored or deflated; nothing is ever unpacked to a disk. The bytes are lent, and must outlive the
/// value.
package struct ZipArchive: ~Copyable {
  /// A MobileNet's archive has four members.
  private static let maximumMembers = 256
  /// Bytes of all members together.
  private static let maximumBytes = 1 << 30
  /// Deflate cannot shrink by more than this.
  private static let compressionRatio = 1032

  private let handle: ArchiveHandle
  private let members: [Member]

  private struct Member {
    let name: String
    let index: UInt64
    let byteCount: Int
  }

  /// Opens the archive that is all of `bytes`.
  ///
  /// - Throws: `ZipError` for what is no archive, or has a member that is not to be read.
  package init(_ bytes: UnsafeRawBufferPointer) throws(ZipError) {
    // To libzip that is an archive without members, where it is to be written.
    guard !bytes.isEmpty else { throw .damaged("it is empty") }
    let source = try SourceHandle(bytes)
    let handle = try ArchiveHandle(source, flags: ZIP_RDONLY | ZIP_CHECKCONS)
    members = try ZipArchive.members(of: handle)
    self.handle = handle
  }

  /// The members' names, in the archive's order.
  package var names: [String] { members.map(\.name) }

  /// Bytes of a member.
  package func byteCount(of name: String) throws(ZipError) -> Int { try member(name).byteCount }

  /// Copies a member, whose checksum has to be right, to `target`.
  ///
  /// - Precondition: `target` has as many bytes as the member.
  package func read(_ name: String, into target: UnsafeMutableRawBufferPointer) throws(ZipError) {
    let member = try member(name)
    precondition(target.count == member.byteCount)
    guard let file = zip_fopen_index(handle.archive, member.index, 0) else {
      throw .damaged(handle.message)
    }
    defer { zip_fclose(file) }
    // The checksum is compared where the end is met, beyond the last byte.
    var beyond = UInt8(0)
    guard zip_fread(file, target.baseAddress, zip_uint64_t(target.count)) == Int64(target.count),
      zip_fread(file, &beyond, 1) == 0
    else { throw .damaged("'\(name)': " + String(cString: zip_file_strerror(file))) }
  }

  /// The bytes of a member, whose checksum was right.
  package func contents(of name: String) throws(ZipError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: try byteCount(of: name))
    try bytes.withUnsafeMutableBufferPointer { (bytes) throws(ZipError) in
      try read(name, into: UnsafeMutableRawBufferPointer(bytes))
    }
    return bytes
  }

  private func member(_ name: String) throws(ZipError) -> Member {
    guard let found = members.first(where: { $0.name == name }) else { throw .missing(name) }
    return found
  }

  /// That the archive is one that Keras could have written.
  private static func members(of handle: borrowing ArchiveHandle) throws(ZipError) -> [Member] {
    let count = zip_get_num_entries(handle.archive, 0)
    guard (0...Int64(maximumMembers)).contains(count) else { throw .tooMany(Int(count)) }
    var members: [Member] = []
    var names: Set<String> = []
    var rest = maximumBytes
    for index in 0..<UInt64(count) {
      var status = zip_stat_t()
      // The name as it stands: libzip would guess at one that is not UTF-8.
      guard zip_stat_index(handle.archive, index, ZIP_FL_ENC_RAW, &status) == 0, let text = status.name else {
        throw .damaged(handle.message)
      }
      let name = String(cString: text)
      try check(name)
      guard names.insert(name).inserted else { throw .duplicate(name) }
      let byteCount = try byteCount(status, name, limit: rest)
      rest -= byteCount
      members.append(Member(name: name, index: index, byteCount: byteCount))
    }
    return members
  }

  private static func check(_ name: String) throws(ZipError) {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    guard !name.isEmpty, !name.hasPrefix("/"), !name.contains("\\"), !parts.contains("..") else {
      throw .badName(name)
    }
  }

  private static func byteCount(_ status: zip_stat_t, _ name: String, limit: Int) throws(ZipError) -> Int {
    guard status.encryption_method == ZIP_EM_NONE else { throw .encrypted(name) }
    guard [ZIP_CM_STORE, ZIP_CM_DEFLATE].contains(Int32(status.comp_method)) else {
      throw .unsupportedMethod(name, method: Int(status.comp_method))
    }
    guard let size = Int(exactly: status.size), let stored = Int(exactly: status.comp_size), size <= limit,
      size / compressionRatio <= stored
    else { throw .tooLarge(name, limit: limit) }
    return size
  }
}
