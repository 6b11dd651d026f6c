import ArgumentParser
import ImageFiles

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

/// `--fit`.
struct FittingOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What becomes of images of another proportion: stretched, cropped to the middle, or padded with "
        + "black. (default: stretch)",
      valueName: "stretch|crop|pad"),
    transform: { name in
      guard let fitting = AspectFitting(rawValue: name) else {
        throw ValidationError("it is to be stretch, crop or pad")
      }
      return fitting
    })
  var fit = AspectFitting.stretch
}

/// How the help speaks of labelled images.
enum DataHelp {
  static func images(_ what: String) -> ArgumentHelp {
    ArgumentHelp(
      "\(what): a folder with a folder a class, a CSV manifest with the columns path and label, or TFRecord files "
        + "as TensorFlow Datasets writes them.",
      valueName: "data")
  }
}
