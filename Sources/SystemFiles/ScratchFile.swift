import Glibc

/// A nameless file for what does not fit into memory: read and written in pieces, gone with the process.
///
/// Unlike ``ScratchMemory`` it takes no address space, and nothing of it counts as the process's memory.
public final class ScratchFile {
  /// Bytes, all reserved on the disk.
  public let count: Int
  private let file: FileDescriptor

  /// - Parameter folders: Where the file may go, in order of preference.
  /// - Throws: `FileError` of kind `cannotWrite` where none takes it.
  public init(count: Int, in folders: [String]) throws(FileError) {
    self.count = count
    file = try ScratchFile.open(count, in: folders)
  }

  private static func open(_ count: Int, in folders: [String]) throws(FileError) -> FileDescriptor {
    var failure = Errno(code: ENOENT)
    for folder in folders {
      do throws(Errno) {
        return try FileDescriptor.scratch(in: folder, count: count)
      } catch {
        failure = error
      }
    }
    throw .writing("\(count) bytes of scratch in \(folders.joined(separator: " or "))", "open", failure)
  }

  /// - Precondition: The bytes are in the file.
  public func read(into target: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) {
    precondition(offset >= 0 && offset + target.count <= count, "\(target.count) bytes at \(offset)")
    do throws(Errno) {
      try file.read(into: target, at: offset)
    } catch {
      throw .reading("scratch file", "pread", error)
    }
  }

  /// - Precondition: The bytes are in the file.
  public func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {
    precondition(offset >= 0 && offset + bytes.count <= count, "\(bytes.count) bytes at \(offset)")
    do throws(Errno) {
      try file.write(bytes, at: offset)
    } catch {
      throw .writing("scratch file", "pwrite", error)
    }
  }
}
