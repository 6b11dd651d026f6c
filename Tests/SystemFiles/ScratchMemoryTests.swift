import Foundation
import SystemFiles
import Testing

@Suite struct ScratchMemoryTests {
  /// In a file and without one; parts larger than what is written at once, and parts that begin anywhere.
  @Test(arguments: [true, false])
  func whatIsWrittenIsThere(_ hasFile: Bool) throws {
    let folders = hasFile ? [FileManager.default.temporaryDirectory.path] : []
    let count = 300_001
    let expected = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 131 >> 3) }
    let memory = try ScratchMemory(count: count, in: folders)
    #expect(memory.bytes.allSatisfy { $0 == 0 })
    for range in [0..<1, 1..<70_000, 70_000..<290_000, 290_000..<count] {
      try expected.withUnsafeBytes { bytes in
        try memory.write(UnsafeRawBufferPointer(rebasing: bytes[range]), at: range.lowerBound)
      }
    }
    #expect(memory.bytes.elementsEqual(expected))
    // What is let go of is read again.
    memory.release()
    for range in [5..<6, 4_095..<200_000, count - 1..<count] {
      let part = UnsafeRawBufferPointer(rebasing: memory.bytes[range])
      memory.willRead(part)
      #expect(part.elementsEqual(expected[range]))
    }
  }
}
