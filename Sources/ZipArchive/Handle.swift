internal import CZip
internal import Glibc

/// The one owner of an open archive of libzip; what was changed in it is dropped unless it is closed.
struct ArchiveHandle: ~Copyable {
  let archive: OpaquePointer

  /// Opens the archive that `source` holds, or will hold.
  init(_ source: borrowing SourceHandle, flags: Int32) throws(ZipError) {
    var error = zip_error_t()
    zip_error_init(&error)
    defer { zip_error_fini(&error) }
    // An archive takes over one reference to its source where it opens, and only then.
    zip_source_keep(source.source)
    guard let archive = zip_open_from_source(source.source, flags, &error) else {
      zip_source_free(source.source)
      throw .damaged(String(cString: zip_error_strerror(&error)))
    }
    self.archive = archive
  }

  deinit { zip_discard(archive) }

  /// What libzip said of its last failure.
  var message: String { String(cString: zip_strerror(archive)) }

  /// Writes what was changed to the archive's source.
  consuming func close() throws(ZipError) {
    let failure = zip_close(archive) == 0 ? nil : message
    if failure != nil { zip_discard(archive) }
    discard self
    if let failure { throw .notWritten(failure) }
  }
}

/// The one owner of a reference to a source of libzip: bytes in memory, that an archive is in or is written to.
struct SourceHandle: ~Copyable {
  let source: OpaquePointer

  /// Bytes that stay where they are: they must outlive all use of the source. Empty to begin an archive.
  init(_ bytes: UnsafeRawBufferPointer) throws(ZipError) {
    guard let source = zip_source_buffer_create(bytes.baseAddress, zip_uint64_t(bytes.count), 0, nil) else {
      throw .notWritten("out of memory")
    }
    self.source = source
  }

  /// A copy of bytes, for an archive that is to be changed: libzip 1.7 would free, and not only read, what it
  /// keeps of the old bytes.
  init(copying bytes: UnsafeRawBufferPointer) throws(ZipError) {
    guard let base = bytes.baseAddress, let copy = malloc(bytes.count) else {
      throw .notWritten("out of memory")
    }
    copy.copyMemory(from: base, byteCount: bytes.count)
    guard let source = zip_source_buffer_create(copy, zip_uint64_t(bytes.count), 1, nil) else {
      free(copy)
      throw .notWritten("out of memory")
    }
    self.source = source
  }

  deinit { zip_source_free(source) }

  /// Gives the reference to the archive that the source was added to, which frees it.
  consuming func handOver() { discard self }

  /// All bytes of the source.
  func contents() throws(ZipError) -> [UInt8] {
    var status = zip_stat_t()
    guard zip_source_stat(source, &status) == 0, let count = Int(exactly: status.size),
      zip_source_open(source) == 0
    else { throw failure }
    defer { zip_source_close(source) }
    var bytes = [UInt8](repeating: 0, count: count)
    guard zip_source_read(source, &bytes, status.size) == Int64(count) else { throw failure }
    return bytes
  }

  private var failure: ZipError {
    .notWritten(String(cString: zip_error_strerror(zip_source_error(source))))
  }
}
