import Glibc
import SystemFiles

/// A folder of one test's own, gone with the test.
final class Folder {
  let path: String

  struct CannotCreate: Error {}

  /// Where a signal handler finds the folder that it is to remove.
  // Set once, before the signal.
  nonisolated(unsafe) static var signalled: UnsafeMutablePointer<CChar>?

  init() throws {
    let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(base)/mlpack-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw CannotCreate() }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { removeEverything() }

  static func / (folder: Folder, name: String) -> String { folder.path + "/" + name }

  func put(_ name: String, _ text: String) throws { try put(name, Array(text.utf8)) }

  func put(_ name: String, _ bytes: [UInt8]) throws {
    guard let file = fopen(self / name, "wb") else { throw CannotCreate() }
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
  }

  func bytes(_ name: String) throws -> [UInt8] {
    try MappedFile(path: self / name).withUnsafeBytes { Array($0) }
  }

  func text(_ name: String) throws -> String { try SystemFilesTests.text(at: self / name) }

  func mode(_ name: String) throws -> mode_t {
    var status = stat()
    guard lstat(self / name, &status) == 0 else { throw CannotCreate() }
    return status.st_mode & 0o777
  }

  /// What is in the folder, sorted.
  func names(in inner: String = ".") -> [String] {
    guard let stream = opendir(self / inner) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  func removeEverything() {
    for name in names() {
      for inner in names(in: name) { unlink(self / (name + "/" + inner)) }
      if unlink(self / name) != 0 { rmdir(self / name) }
    }
    rmdir(path)
  }
}

func text(at path: String) throws -> String {
  try MappedFile(path: path).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
}

/// What a library does with the path that it is given.
func overwrite(_ path: String, _ text: String) throws {
  guard let file = fopen(path, "wb") else { throw Folder.CannotCreate() }
  fputs(text, file)
  fclose(file)
}

/// The umask of the process. Asking the system for it would change it for the tests beside this one.
func currentUmask() throws -> mode_t {
  guard let status = fopen("/proc/self/status", "r") else { throw Folder.CannotCreate() }
  defer { fclose(status) }
  var line = [CChar](repeating: 0, count: 256)
  while fgets(&line, Int32(line.count), status) != nil {
    let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    if text.hasPrefix("Umask:"), let mask = mode_t(text.dropFirst(6).filter(\.isNumber), radix: 8) {
      return mask
    }
  }
  throw Folder.CannotCreate()
}
