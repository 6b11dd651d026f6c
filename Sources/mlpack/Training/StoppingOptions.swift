import ArgumentParser
import Training

/// When the run ends, and with which weights.
struct StoppingOptions: ParsableArguments {
  enum Figure: String, ExpressibleByArgument, CaseIterable {
    case loss, accuracy
  }

  @Option(help: ArgumentHelp("Passes over the training images.", valueName: "n"))
  var epochs = 100

  @Option(
    help: ArgumentHelp("End after so many epochs in a row without better validation.", valueName: "n"))
  var patience: Int?

  @Option(
    help: ArgumentHelp("What validation is judged by: loss or accuracy.", valueName: "figure"))
  var monitor = Figure.loss

  @Flag(help: "End with the weights of the best epoch instead of the last.")
  var keepBest = false

  func validate() throws {
    guard (1...1_000_000_000).contains(epochs) else {
      throw ValidationError("--epochs must be between 1 and 1000000000")
    }
    if let patience, patience < 0 { throw ValidationError("--patience must be at least 0") }
  }

  var monitored: Monitor {
    switch monitor {
    case .loss: .loss
    case .accuracy: .accuracy
    }
  }
}
