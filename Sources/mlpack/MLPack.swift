import ArgumentParser
import Glibc

@main
struct MLPack: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mlpack",
    abstract: "Import a Keras MobileNet, fine-tune it on any OpenCL device, give it back as Keras.",
    version: "mlpack \(toolVersion)",
    subcommands: [
      Import.self, Inspect.self, Freeze.self, Finetune.self, Evaluate.self, Predict.self, Export.self,
      Verify.self, Diff.self, DeltaCommand.self, Apply.self, DeviceList.self, SelfTestCommand.self,
      Bench.self,
    ])

  static func main() {
    StandardDescriptors.secure()
    Signals.install()
    do {
      try checkHelp()
      var command = try parseAsRoot()
      try command.run()
    } catch {
      Glibc.exit(report(error).rawValue)
    }
  }

  /// Help on what is no command is a mistake; the parser would give that of the program.
  private static func checkHelp() throws {
    let words = CommandLine.arguments.dropFirst().prefix(2)
    guard words.count == 2, words.first == "help", let name = words.last, !name.hasPrefix("-") else { return }
    guard configuration.subcommands.contains(where: { $0.configuration.commandName == name }) else {
      throw ValidationError("no such command: '\(name)'")
    }
  }

  /// Tells what went wrong in one line, or gives the help or version that was asked for.
  private static func report(_ error: any Error) -> ExitStatus {
    if let verdict = error as? Verdict { return verdict.status }
    switch exitCode(for: error) {
    case .success:
      return printed(fullMessage(for: error))
    case .validationFailure:
      StandardError.error(usageLine(for: error))
      return .usage
    default:
      StandardError.error("\(error)")
      return ExitStatus(for: error)
    }
  }

  private static func printed(_ text: String) -> ExitStatus {
    do {
      try StandardOutput.write(text.hasSuffix("\n") ? text : text + "\n")
      return .done
    } catch {
      return report(error)
    }
  }

  /// What the parser says in several lines, in one: "unknown option '--foo'; see 'mlpack import --help'".
  private static func usageLine(for error: any Error) -> String {
    let hint = fullMessage(for: error).split(separator: "\n").last { $0.contains("See '") } ?? ""
    let advice = hint.split(separator: "'").dropFirst().first.map { "; see '\($0)'" } ?? ""
    var message = message(for: error)
    // To the parser, a command that is none is an argument of the program.
    if advice.hasSuffix("'mlpack --help'") {
      message = message.replacing("Unexpected argument", with: "no such command:", maxReplacements: 1)
    }
    return message.prefix(1).lowercased() + message.dropFirst().trimmingFinalDot + advice
  }
}

extension Substring {
  fileprivate var trimmingFinalDot: Substring { hasSuffix(".") ? dropLast() : self }
}
