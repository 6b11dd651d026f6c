import Glibc

/// A text file that grows line by line, so that others can follow it: a log.
///
/// A line is handed to the system whole and at once. What stood in the file before is gone.
public final class LineFile {
  private let file: FileDescriptor
  private let path: String

  /// - Throws: `FileError` of kind `cannotWrite`.
  public init(creating path: String) throws(FileError) {
    do {
      file = try FileDescriptor(opening: path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, mode: 0o666)
    } catch {
      throw .writing(path, "open", error)
    }
    self.path = path
  }

  /// Appends `line` and a line's end.
  ///
  /// - Throws: `FileError` of kind `cannotWrite`.
  public func append(_ line: String) throws(FileError) {
    let bytes = Array((line + "\n").utf8)
    try bytes.withUnsafeBufferPointer { (bytes) throws(FileError) in
      try write(UnsafeRawBufferPointer(bytes))
    }
  }

  private func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    do {
      try file.write(bytes)
    } catch {
      throw .writing(path, "write", error)
    }
  }
}

extension AtomicFile {
  /// Finds out whether `write` can create its temporary file, before hours of work are put into the content.
  ///
  /// - Throws: `FileError` of kind `cannotWrite`.
  public static func check(writable path: String) throws(FileError) {
    var replacement = try Replacement(of: path)
    _ = try replacement.create()
  }
}

extension AtomicFile {
  /// Removes a file; where there is none, nothing happens.
  ///
  /// - Throws: `FileError` of kind `cannotWrite`.
  public static func remove(_ path: String) throws(FileError) {
    do throws(Errno) {
      try SystemCalls.unlink(path)
    } catch {
      guard error.code == ENOENT else { throw .writing(path, "unlink", error) }
    }
  }
}

public enum Paths {
  /// The path of a file `name` in the folder of `path`.
  public static func sibling(of path: String, named name: String) -> String {
    path.contains("/") ? joined(folder(of: path), name) : name
  }

  /// Whether two paths lead to the same existing file.
  public static func areSame(_ a: String, _ b: String) -> Bool {
    guard let a = try? SystemCalls.status(at: a), let b = try? SystemCalls.status(at: b) else { return false }
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino
  }

  /// Whether what is written to one path is read from the other, be there a file by now or not.
  public static func leadToOneFile(_ a: String, _ b: String) -> Bool {
    if areSame(a, b) { return true }
    guard let a = try? resolvingLinks(a), let b = try? resolvingLinks(b), lastName(of: a) == lastName(of: b)
    else {
      return false
    }
    return areSame(folder(of: a), folder(of: b))
  }
}
