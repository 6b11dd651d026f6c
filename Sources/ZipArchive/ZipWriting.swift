internal import CZip

extension ZipArchive {
  /// An archive of these members, each stored as it is, with the time that zip counts from: equal members give
  /// equal bytes.
  package static func archive(of members: [(name: String, bytes: [UInt8])]) throws(ZipError) -> [UInt8] {
    let target = try SourceHandle(UnsafeRawBufferPointer(start: nil, count: 0))
    let sources = Contents(members.map(\.bytes))
    let handle = try ArchiveHandle(target, flags: ZIP_CREATE | ZIP_TRUNCATE)
    for (member, memory) in zip(members, sources.memory) {
      let source = try SourceHandle(UnsafeRawBufferPointer(memory))
      let index = zip_file_add(handle.archive, member.name, source.source, zip_flags_t(ZIP_FL_ENC_UTF_8))
      guard index >= 0 else { throw .notWritten(handle.message) }
      source.handOver()
      let date = zip_uint16_t(1 << 5 | 1)
      guard zip_set_file_compression(handle.archive, zip_uint64_t(index), ZIP_CM_STORE, 0) == 0,
        zip_file_set_dostime(handle.archive, zip_uint64_t(index), 0, date, 0) == 0
      else { throw .notWritten(handle.message) }
    }
    try handle.close()
    return try target.contents()
  }

  /// An archive with other bytes for one of its members: its place, time and method stay, as do all other members.
  ///
  /// - Throws: `missing` where there is none of that name.
  package static func archive(
    _ archive: UnsafeRawBufferPointer, replacing name: String, by bytes: [UInt8]
  ) throws(ZipError) -> [UInt8] {
    let target = try SourceHandle(copying: archive)
    let contents = Contents([bytes])
    let handle = try ArchiveHandle(target, flags: 0)
    var status = zip_stat_t()
    guard zip_stat(handle.archive, name, ZIP_FL_ENC_RAW, &status) == 0 else { throw .missing(name) }
    let source = try SourceHandle(UnsafeRawBufferPointer(contents.memory[0]))
    guard zip_file_replace(handle.archive, status.index, source.source, 0) == 0 else {
      throw .notWritten(handle.message)
    }
    source.handOver()
    guard zip_set_file_compression(handle.archive, status.index, Int32(status.comp_method), 0) == 0,
      zip_file_set_mtime(handle.archive, status.index, status.mtime, 0) == 0
    else { throw .notWritten(handle.message) }
    try handle.close()
    return try target.contents()
  }
}

/// Copies of members' bytes at addresses that do not change: libzip reads them when it closes the archive.
private struct Contents: ~Copyable {
  let memory: [UnsafeMutableRawBufferPointer]

  init(_ members: [[UInt8]]) {
    memory = members.map { bytes in
      let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
      copy.copyBytes(from: bytes)
      return copy
    }
  }

  deinit {
    for copy in memory { copy.deallocate() }
  }
}
