import Glibc
import ImageFiles
import Testing

/// A folder that goes with the test that made it. Names are bytes, so that any can be tried.
final class TemporaryFolder {
  let path: FilePath

  init() throws {
    var template = Array("/tmp/mlpack-images-XXXXXX".utf8CString)
    _ = try #require(mkdtemp(&template))
    path = FilePath(bytes: template.map(UInt8.init(bitPattern:)))
  }

  deinit { TemporaryFolder.remove(path) }

  @discardableResult
  func folder(_ name: FilePath) throws -> FilePath {
    let target = path.appending(name)
    try #require(withCString(target) { mkdir($0, 0o777) } == 0, "mkdir \(target)")
    return target
  }

  @discardableResult
  func file(_ name: FilePath, _ bytes: [UInt8] = []) throws -> FilePath {
    let target = path.appending(name)
    let descriptor = withCString(target) { open($0, O_WRONLY | O_CREAT, 0o666) }
    try #require(descriptor >= 0, "open \(target)")
    defer { close(descriptor) }
    try #require(write(descriptor, bytes, bytes.count) == bytes.count)
    return target
  }

  /// Shortens a file in place.
  func cut(_ name: FilePath, to count: Int) throws {
    try #require(withCString(path.appending(name)) { truncate($0, count) } == 0, "truncate \(name)")
  }

  func remove(_ name: FilePath) { _ = withCString(path.appending(name)) { unlink($0) } }

  func link(_ name: FilePath, to target: FilePath) throws {
    try #require(
      withCString(path.appending(name)) { link in withCString(target) { symlink($0, link) } } == 0,
      "symlink \(name)")
  }

  func pipe(_ name: FilePath) throws {
    try #require(withCString(path.appending(name)) { mkfifo($0, 0o666) } == 0, "mkfifo \(name)")
  }

  private static func remove(_ path: FilePath) {
    if withCString(path, { unlink($0) }) == 0 { return }
    guard let stream = withCString(path, { opendir($0) }) else { return }
    defer {
      closedir(stream)
      _ = withCString(path) { rmdir($0) }
    }
    while let entry = readdir(stream) {
      let name = UnsafeRawPointer(entry) + (MemoryLayout<dirent>.offset(of: \.d_name) ?? 0)
      let text = name.assumingMemoryBound(to: CChar.self)
      let entryPath = FilePath(bytes: UnsafeRawBufferPointer(start: name, count: strlen(text)))
      if entryPath != "." && entryPath != ".." { remove(path.appending(entryPath)) }
    }
  }
}

func withCString<R>(_ path: FilePath, _ body: (UnsafePointer<CChar>) -> R) -> R {
  (path.bytes.map(CChar.init(bitPattern:)) + [0]).withUnsafeBufferPointer { body($0.baseAddress!) }
}
