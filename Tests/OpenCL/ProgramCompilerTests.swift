import Foundation
import OpenCL
import SystemFiles
import Testing

@Suite struct ProgramCompilerTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "compiled-\(UUID().uuidString)")

  private func clear() { try? FileManager.default.removeItem(at: folder) }

  private func entries() -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
  }

  private static func source(_ name: String, _ statement: String) -> ProgramSource {
    ProgramSource(
      name, files: [("\(name).cl", "kernel void change(global float *x) { \(statement) }")],
      options: ["-cl-std=CL1.2"])
  }

  private static let twice = source("twice", "x[get_global_id(0)] *= 2;")
  private static let wrong = source("wrong", "x[get_global_id(0)] *= nothing;")

  /// What it leaves in the cache runs, and this process has not compiled it.
  @Test func programsAreThereAfterwards() throws {
    defer { clear() }
    let device = try Devices.open(programs: ProgramCache(folder: folder.path))
    let half = Self.source("half", "x[get_global_id(0)] /= 2;")
    ProgramCompiler.compile([Self.twice, half], for: device)
    #expect(entries().count == 2)
    for (source, expected) in [(Self.twice, [2, 4, 6]), (half, [0.5, 1, 1.5])] as [(_, [Float])] {
      let program = try #require(Program(keptFor: device, source))
      let buffer = try Buffer(device, floats: [1, 2, 3])
      try device.enqueue(program.kernel("change"), global: [3], [.buffer(buffer)])
      #expect(try buffer.floats(3) == expected)
    }
  }

  /// The others are compiled all the same, and who asks for that one is told why it is not.
  @Test func whatDoesNotCompileIsLeftOut() throws {
    defer { clear() }
    let device = try Devices.open(programs: ProgramCache(folder: folder.path))
    ProgramCompiler.compile([Self.wrong, Self.twice], for: device)
    #expect(entries().count == 1)
    #expect(Program(keptFor: device, Self.twice) != nil)
    let error = #expect(throws: OpenCLError.self) { try Program(device, Self.wrong) }
    #expect("\(try #require(error))".contains("nothing"))
  }

  @Test func whatIsThereIsNotCompiledAgain() throws {
    defer { clear() }
    let device = try Devices.open(programs: ProgramCache(folder: folder.path))
    ProgramCompiler.compile([Self.twice], for: device)
    let entry = folder.appending(path: try #require(entries().first))
    let first = try FileManager.default.attributesOfItem(atPath: entry.path)[.systemFileNumber] as? Int
    ProgramCompiler.compile([Self.twice], for: device)
    let second = try FileManager.default.attributesOfItem(atPath: entry.path)[.systemFileNumber] as? Int
    #expect(first != nil && first == second)
  }

  @Test func withoutAPlaceForThemNothingHappens() throws {
    ProgramCompiler.compile([Self.twice], for: try Devices.open())
    let device = try Devices.open(programs: ProgramCache(folder: "/proc/none/of/these"))
    ProgramCompiler.compile([Self.twice], for: device)
    #expect(Program(keptFor: device, Self.twice) == nil)
    _ = try Program(device, Self.twice)
  }

  @Test func aRequestArrivesAsItWasSent() throws {
    for sources in [[], [Self.twice], [Self.twice, ProgramSource("none", files: [], options: [])]] {
      let request = CompilerRequest(folder: "/ä b", device: 3, sources: sources)
      #expect(try request.shared().withUnsafeBytes { CompilerRequest($0) } == request)
    }
    for text in ["", "a", "a\0b", "a\0" + "0\0name", "a\0" + "0\0name\0options", "a\0\0"] {
      let bytes = Array(text.utf8)
      #expect(bytes.withUnsafeBytes { CompilerRequest($0) } == nil, "\(text.debugDescription)")
    }
  }
}
