import Foundation
import SystemFiles
import Testing

/// Bytes that a child process may map.
@Suite struct SharedBytesTests {
  @Test func aFileIsMapped() throws {
    let folder = try Folder()
    try Data("what it holds".utf8).write(to: URL(filePath: folder.path + "/file"))
    let bytes = try SharedBytes(path: folder.path + "/file")
    bytes.prefetch()
    #expect(bytes.withUnsafeBytes { Array($0) } == Array("what it holds".utf8))
  }

  @Test func anEmptyFileHasNoBytes() throws {
    let folder = try Folder()
    try Data().write(to: URL(filePath: folder.path + "/file"))
    let bytes = try SharedBytes(path: folder.path + "/file")
    bytes.prefetch()
    #expect(bytes.count == 0)
  }

  @Test func whatIsNoFileIsRefused() throws {
    let folder = try Folder()
    let pipe = folder.path + "/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    for (path, kind) in [
      (folder.path, .cannotRead), (pipe, .cannotRead), (folder.path + "/gone", .notFound),
    ] as [(String, FileError.Kind)] {
      do {
        _ = try SharedBytes(path: path)
        Issue.record("\(path) was mapped")
      } catch {
        #expect(error.kind == kind)
      }
    }
  }

  @Test func memoryIsFilledOnceAndZeroElsewhere() throws {
    let memory = try SharedBytes(count: 100_000) { target in target[99_999] = 7 }
    memory.withUnsafeBytes { bytes in
      #expect(bytes.dropLast().allSatisfy { $0 == 0 })
      #expect(bytes.last == 7)
    }
    #expect(throws: CancellationError.self) {
      _ = try SharedBytes(count: 1) { _ in throw CancellationError() }
    }
  }

  /// Whoever gets the descriptor can neither write to the memory nor cut it short.
  @Test func aChildCannotChangeMemory() throws {
    let memory = try SharedBytes(count: 12_345) { _ in }
    let links = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap(Int32.init)
    let ours = links.filter { number in
      var status = stat()
      return fstat(number, &status) == 0 && status.st_size == 12_345
        && (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(number)"))?
          .contains("memfd:mlpack") ?? false
    }
    #expect(!ours.isEmpty)
    for descriptor in ours {
      #expect(write(descriptor, "x", 1) == -1)
      #expect(ftruncate(descriptor, 0) == -1)
      let mapped = mmap(nil, 12_345, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
      #expect(mapped == MAP_FAILED)
    }
    _ = memory
  }
}
