import Foundation

// libFuzzer's entry points. `FUZZ_TARGET` names the target, since libFuzzer starts itself anew with its own arguments.

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
  _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

private let target: any FuzzTarget = {
  let name = ProcessInfo.processInfo.environment["FUZZ_TARGET"] ?? ""
  guard let found = allTargets.first(where: { $0.name == name }) else {
    FileHandle.standardError.write(
      Data("FUZZ_TARGET is one of \(allTargets.map { $0.name }.joined(separator: ", "))\n".utf8))
    exit(64)
  }
  return found.init()
}()

/// SwiftPM calls the entry point of an executable so. `fuzz --targets` prints the names of all, `fuzz --seeds FIXTURES
/// FOLDER` writes the target's seeds, and `fuzz --repair INPUT OUTPUT` goes through an input once: what is in OUTPUT when
/// that ends, with a crash or without, was read last. All else is libFuzzer's.
@_cdecl("fuzz_main")
public func fuzzMain(
  _ count: Int32, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
) -> Int32 {
  let given = CommandLine.arguments
  do {
    switch given.dropFirst().first {
    case "--targets":
      for target in allTargets { print(target.name) }
    case "--seeds" where given.count == 4:
      for (name, bytes) in try target.seeds(fixtures: given[2]) {
        try Data(bytes).write(to: URL(fileURLWithPath: given[3] + "/" + name))
      }
    case "--repair" where given.count == 4:
      target.checkRepaired(Array(try Data(contentsOf: URL(fileURLWithPath: given[2])))) { bytes in
        try? Data(bytes).write(to: URL(fileURLWithPath: given[3]))
      }
    default:
      return fuzz(count, arguments)
    }
  } catch {
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    return 1
  }
  return 0
}

private func fuzz(
  _ count: Int32, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
) -> Int32 {
  var count = count
  var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = arguments
  return runDriver(&count, &arguments) { bytes, count in
    target.checkRepaired(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
  }
}
