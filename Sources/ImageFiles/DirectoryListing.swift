import Glibc

/// What lies in a folder, hidden entries left out, in byte order.
struct DirectoryListing {
  /// Folders, or symbolic links to folders.
  private(set) var folders: [FilePath] = []
  /// All else.
  private(set) var files: [FilePath] = []

  /// Reads the folder at `path`; the entries' names are relative to it.
  init(_ path: FilePath) throws(DatasetError) {
    let stream = try DirectoryStream(path)
    while let name = try stream.next(path) {
      guard name.bytes.first != UInt8(ascii: ".") else { continue }
      if FileIdentity(folder: path.appending(name)) != nil {
        folders.append(name)
      } else {
        files.append(name)
      }
    }
    folders.sort()
    files.sort()
  }
}

/// Which folder it is, whatever path leads there.
struct FileIdentity: Hashable {
  private let device: UInt64
  private let inode: UInt64

  /// - Returns: nil where `path` leads to no folder.
  init?(folder path: FilePath) {
    var status = stat()
    guard path.withCString({ stat($0, &status) }) == 0, status.st_mode & S_IFMT == S_IFDIR else { return nil }
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
  }
}

/// Owner of one open folder.
private struct DirectoryStream: ~Copyable {
  private let handle: OpaquePointer

  init(_ path: FilePath) throws(DatasetError) {
    guard let handle = path.withCString({ opendir($0) }) else {
      let code = errno
      switch code {
      case ENOENT: throw .notFound(path: path.description)
      case ENOTDIR: throw .notAFolder(path.description)
      default: throw .cannotRead(path: path.description, why: errorText(code))
      }
    }
    self.handle = handle
  }

  deinit { closedir(handle) }

  /// The next entry's name; nil at the end.
  func next(_ path: FilePath) throws(DatasetError) -> FilePath? {
    errno = 0
    guard let entry = readdir(handle) else {
      if errno != 0 { throw .cannotRead(path: path.description, why: errorText(errno)) }
      return nil
    }
    // By address: the record may end where its name does, before the array that Swift would copy.
    let name = UnsafeRawPointer(entry) + (MemoryLayout<dirent>.offset(of: \.d_name) ?? 0)
    let length = strlen(name.assumingMemoryBound(to: CChar.self))
    return FilePath(bytes: UnsafeRawBufferPointer(start: name, count: length))
  }
}
