import ArgumentParser

/// `--quiet` and `--verbose`.
struct VerbosityOptions: ParsableArguments {
  @Flag(name: .shortAndLong, help: "Print errors and warnings only.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Print more about what is done.")
  var verbose = false

  func validate() throws {
    if quiet && verbose { throw ValidationError("--quiet and --verbose contradict each other") }
  }
}

/// `--json`.
struct JSONOption: ParsableArguments {
  @Flag(help: "Print one JSON document on standard output, and nothing else there.")
  var json = false
}

/// `--seed`.
struct SeedOption: ParsableArguments {
  @Option(help: ArgumentHelp("What everything random follows from.", valueName: "n"))
  var seed: UInt64 = 0
}
