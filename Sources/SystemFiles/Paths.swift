import Glibc

/// The folder that holds `path`, as a path.
func folder(of path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// What follows the last slash.
func lastName(of path: String) -> Substring {
  path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...]
}

func joined(_ folder: String, _ name: String) -> String {
  folder.hasSuffix("/") ? folder + name : folder + "/" + name
}

/// The path that `path` stands for when symbolic links at its end are followed; it need not exist.
func resolvingLinks(_ path: String) throws(Errno) -> String {
  var path = path
  // The kernel's own limit.
  for _ in 0..<40 {
    guard let target = try linkTarget(path) else { return path }
    path = target.hasPrefix("/") ? target : joined(folder(of: path), target)
  }
  throw Errno(code: ELOOP)
}

/// What the symbolic link at `path` says; nil where there is none.
private func linkTarget(_ path: String) throws(Errno) -> String? {
  let buffer = UnsafeMutableBufferPointer<CChar>.allocate(capacity: Int(PATH_MAX))
  defer { buffer.deallocate() }
  do throws(Errno) {
    let count = try SystemCalls.readLink(path, into: buffer)
    guard let target = String(validating: buffer[..<count], as: UTF8.self) else { throw Errno(code: EILSEQ) }
    return target
  } catch {
    // EINVAL: not a link. ENOENT: nothing there yet.
    guard error.code == EINVAL || error.code == ENOENT else { throw error }
    return nil
  }
}
