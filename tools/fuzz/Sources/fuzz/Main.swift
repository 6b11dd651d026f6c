import Foundation

// libFuzzer's entry points. `FUZZ_TARGET` names the target, since libFuzzer starts itself anew with its own arguments.

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
  _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

/// The default mutations of libFuzzer.
@_silgen_name("LLVMFuzzerMutate")
private func mutate(_ bytes: UnsafeMutablePointer<UInt8>, _ count: Int, _ capacity: Int) -> Int

private let target: any FuzzTarget = {
  let name = ProcessInfo.processInfo.environment["FUZZ_TARGET"] ?? ""
  guard let found = allTargets.first(where: { $0.name == name }) else {
    FileHandle.standardError.write(
      Data("FUZZ_TARGET is one of \(allTargets.map { $0.name }.joined(separator: ", "))\n".utf8))
    exit(64)
  }
  return found.init()
}()

/// SwiftPM calls the entry point of an executable so. `fuzz --seeds FIXTURES FOLDER` writes the target's seeds, and
/// `fuzz --targets` the names of all; all else is libFuzzer's.
@_cdecl("fuzz_main")
public func fuzzMain(
  _ count: Int32, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
) -> Int32 {
  let given = CommandLine.arguments.dropFirst()
  if given.first == "--targets" {
    for target in allTargets { print(target.name) }
    return 0
  }
  if given.first == "--seeds", given.count == 3 {
    do {
      try writeSeeds(fixtures: CommandLine.arguments[2], to: CommandLine.arguments[3])
    } catch {
      fatalError("no seeds: \(error)")
    }
    return 0
  }
  var count = count
  var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = arguments
  return runDriver(&count, &arguments) { bytes, count in
    target.check(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
  }
}

private func writeSeeds(fixtures: String, to folder: String) throws {
  for (name, bytes) in try target.seeds(fixtures: fixtures) {
    try Data(bytes).write(to: URL(fileURLWithPath: folder + "/" + name))
  }
}

/// Half of the inputs are repaired after they were mutated: checksums stop a fuzzer at the front door.
@_cdecl("LLVMFuzzerCustomMutator")
public func customMutator(
  _ bytes: UnsafeMutablePointer<UInt8>, _ count: Int, _ capacity: Int, _ seed: UInt32
) -> Int {
  let count = mutate(bytes, count, capacity)
  guard seed % 2 == 0 else { return count }
  let repaired = target.repaired(Array(UnsafeBufferPointer(start: bytes, count: count))).prefix(capacity)
  _ = UnsafeMutableBufferPointer(start: bytes, count: capacity).update(fromContentsOf: repaired)
  return repaired.count
}
