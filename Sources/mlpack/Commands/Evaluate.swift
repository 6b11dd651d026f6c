import ArgumentParser
import Glibc
import ImageFiles
import ModelGraph
import OpenCL
import PackFile
import Training

struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure a pack on labelled images: loss, accuracy, confusion matrix.",
    usage: "mlpack evaluate <pack> --data <data> [<options>]")

  @Argument(help: ArgumentHelp("The pack.", valueName: "pack"))
  var pack: String

  @Option(help: DataHelp.images("The images"))
  var data: String

  @OptionGroup var fitting: FittingOption

  @OptionGroup var device: DeviceOption

  @OptionGroup var output: JSONOption

  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    var progress = ReadingProgress(quiet: verbosity.quiet)
    let pack = try Pack(reading: pack)
    guard pack.graph.classCount != nil else { throw CommandError.noClassifier(self.pack) }
    let dataset = try pack.labelledDataset(at: data)
    let adapted = try pack.fitting(dataset, seed: 0)
    let evaluation = try Evaluator.evaluate(
      adapted, dataset.images, fitting: fitting.fit, scratchFolders: [Terminal.temporaryFolder],
      device.open(verbosity)
    ) { event in
      switch event {
      case .reading(let done, let total): progress.report(done, of: total)
      case .brokenImages(let errors): progress.warn(errors)
      case .step, .epoch, .smallerMicroBatch, .stoppedEarly: break
      }
    }
    let width = Terminal.width(of: STDOUT_FILENO)
    try StandardOutput.write(
      output.json ? evaluation.json.document : ConfusionText(evaluation).rendered(width: width ?? 80))
  }
}

extension Evaluation {
  fileprivate var json: JSON {
    .object([
      ("images", .integer(images)), ("correct", .integer(correct)), ("accuracy", .number(accuracy)),
      ("loss", .number(loss)), ("labels", .strings(labels)),
      ("confusion", .array(confusion.map(JSON.integers))),
      (
        "perClass",
        .array(
          perClass.map { entry in
            .object([
              ("label", .string(entry.label)), ("precision", .optional(entry.precision)),
              ("recall", .optional(entry.recall)), ("images", .integer(entry.images)),
            ])
          })
      ),
    ])
  }
}
