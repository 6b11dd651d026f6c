import Foundation
import OpenCL
import Testing

@Suite struct ProgramCacheTests {
  /// Not there yet.
  private let folder = URL(fileURLWithPath: NSTemporaryDirectory()).appending(
    path: "programs-\(UUID().uuidString)/deep")

  private func clear() { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }

  private static let source = """
    kernel void twice(global float *x) { x[get_global_id(0)] *= 2; }
    """

  /// Builds the program on a device of its own, runs it, and lets both go.
  private func run(_ options: [String] = [], in folder: String) throws -> [Float] {
    let device = try Devices.open(programs: ProgramCache(folder: folder))
    let source = ProgramSource(
      "test", files: [("twice.cl", Self.source)], options: ["-cl-std=CL1.2"] + options)
    let program = try Program(device, source)
    let buffer = try Buffer(device, floats: [1, 2, 3])
    try device.enqueue(program.kernel("twice"), global: [3], [.buffer(buffer)])
    return try buffer.floats(3)
  }

  private func entries() throws -> [URL] {
    try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
  }

  @Test func aProgramIsKeptAndTakenFromThere() throws {
    defer { clear() }
    #expect(try run(in: folder.path) == [2, 4, 6])
    let entry = try #require(try entries().first)
    let kept = try Data(contentsOf: entry)
    #expect(try run(in: folder.path) == [2, 4, 6])
    #expect(try entries() == [entry])
    #expect(try Data(contentsOf: entry) == kept)
    // Other options make another program.
    #expect(try run(["-DX=1"], in: folder.path) == [2, 4, 6])
    #expect(try entries().count == 2)
  }

  @Test(arguments: ["cut", "flipped", "empty", "of another key"])
  func anEntryThatIsNotSoundIsMadeAgain(_ damage: String) throws {
    defer { clear() }
    #expect(try run(in: folder.path) == [2, 4, 6])
    let entry = try #require(try entries().first)
    let sound = try Data(contentsOf: entry)
    var bytes = sound
    switch damage {
    case "cut": bytes = sound.dropLast(100)
    case "flipped": bytes[bytes.count / 2] ^= 1
    case "empty": bytes = Data()
    default:
      #expect(try run(["-DX=1"], in: folder.path) == [2, 4, 6])
      let other = try #require(try entries().first { $0 != entry })
      bytes = try Data(contentsOf: other)
    }
    try bytes.write(to: entry)
    #expect(try run(in: folder.path) == [2, 4, 6])
    #expect(try Data(contentsOf: entry) != bytes)
    // What stands there now is used.
    let mended = try Data(contentsOf: entry)
    #expect(try run(in: folder.path) == [2, 4, 6])
    #expect(try Data(contentsOf: entry) == mended)
  }

  @Test func aFolderThatCannotBeWrittenDoesNoHarm() throws {
    #expect(try run(in: "/proc/none/of/these") == [2, 4, 6])
  }
}
