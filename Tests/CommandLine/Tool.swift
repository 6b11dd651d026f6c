import Foundation
import Testing

/// What a run of the program left behind.
struct Outcome {
  /// The exit status; negative for the number of the signal that ended the program.
  let status: Int32
  let output: String
  let errors: String
}

/// The built program, as a user runs it.
enum Tool {
  /// Named by `MLPACK`, else beside the tests, else where a release build leaves it.
  static let path: String = {
    let bundles = CommandLine.arguments.filter { $0.contains(".xctest") }
    let beside = bundles.map { URL(fileURLWithPath: $0).deletingLastPathComponent().path + "/mlpack" }
    let candidates = [ProcessInfo.processInfo.environment["MLPACK"]].compactMap { $0 } + beside
    return candidates.first { FileManager.default.isExecutableFile(atPath: $0) }
      ?? Fixtures.root + "/.build/release/mlpack"
  }()

  /// Runs the program in `folder` and waits for its end.
  static func run(
    _ arguments: [String], in folder: TestFolder, environment: [String: String] = [:]
  ) throws -> Outcome {
    let run = try Run(arguments, in: folder, environment: environment)
    return try run.finish()
  }

  /// Runs the program, which has to succeed, and returns what it wrote to standard output.
  @discardableResult
  static func output(_ arguments: [String], in folder: TestFolder) throws -> String {
    let outcome = try run(arguments, in: folder)
    try #require(outcome.status == 0, "mlpack \(arguments.joined(separator: " ")): \(outcome.errors)")
    return outcome.output
  }
}

/// A run of the program that may still go on.
final class Run {
  private let process = Process()
  private let streams: TestFolder

  init(_ arguments: [String], in folder: TestFolder, environment: [String: String] = [:]) throws {
    streams = try TestFolder()
    process.executableURL = URL(fileURLWithPath: Tool.path)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    let inherited = ProcessInfo.processInfo.environment.filter { $0.key != "MLPACK_DEVICE" }
    process.environment = inherited.merging(["COLUMNS": "80"]) { $1 }.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    // Files, not pipes: nobody has to read while the program runs.
    process.standardOutput = try stream("output")
    process.standardError = try stream("errors")
    try process.run()
  }

  func send(signal: Int32) { kill(process.processIdentifier, signal) }

  var isRunning: Bool { process.isRunning }

  func finish() throws -> Outcome {
    process.waitUntilExit()
    let status = process.terminationStatus
    return Outcome(
      status: process.terminationReason == .exit ? status : -status,
      output: try streams.text("output"), errors: try streams.text("errors"))
  }

  private func stream(_ name: String) throws -> FileHandle {
    try streams.write(name, "")
    return try #require(FileHandle(forWritingAtPath: streams.path + "/" + name))
  }
}
