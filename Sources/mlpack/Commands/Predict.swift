import ArgumentParser
import ImageFiles
import ModelGraph
import OpenCL
import PackFile
import Training

struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Tell what is on images: labels and probabilities.",
    usage: "mlpack predict <pack> <image> ... [<options>]")

  @Argument(help: ArgumentHelp("The pack.", valueName: "pack"))
  var pack: String

  @Argument(help: ArgumentHelp("JPEG, PNG, WebP and BMP files.", valueName: "image"))
  var images: [String]

  @Option(help: ArgumentHelp("How many of the likeliest classes to name.", valueName: "n"))
  var top = 3

  @OptionGroup var fitting: FittingOption

  @OptionGroup var device: DeviceOption

  @OptionGroup var output: JSONOption

  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    if top < 1 { throw ValidationError("--top must be at least 1") }
  }

  func run() throws {
    let pack = try Pack(reading: pack)
    let files = FilePath.arguments(images).map { ImageReference($0) }
    guard pack.graph.classCount != nil else { return try printFeatures(of: files, pack) }
    let rankings = try Evaluator.predict(
      pack, files, fitting: fitting.fit, device.open(verbosity)
    ).map { prediction in
      Ranking(of: prediction, labels: pack.labels, top: top)
    }
    try StandardOutput.write(output.json ? JSON.array(rankings.map(\.json)).document : text(rankings))
  }

  /// What a feature extractor says of images: too much to read, but scripts may want it.
  private func printFeatures(of files: [ImageReference], _ pack: Pack) throws {
    guard output.json else {
      throw CommandError.noClassifier(self.pack, advice: "--json prints the features")
    }
    let features = try Evaluator.features(pack, files, fitting: fitting.fit, device.open(verbosity))
    try StandardOutput.write(JSON.array(features.map(\.json)).document)
  }

  private func text(_ rows: [Ranking]) -> String {
    let width = rows.map(\.file.count).max() ?? 0
    return rows.map { row in
      let classes = row.best.map { "\(printable($0.label)) \(percent(Double($0.probability)))" }.joined(
        separator: "   ")
      return printable(row.file) + String(repeating: " ", count: width - row.file.count) + "  " + classes
        + "\n"
    }.joined()
  }
}

/// The classes of an image, the likeliest first; of equally likely ones the lower index.
private struct Ranking {
  let file: String
  let probabilities: [Float]
  let best: [(label: String, index: Int, probability: Float)]

  init(of prediction: Prediction, labels: [String], top: Int) {
    file = prediction.file
    let probabilities = prediction.probabilities
    self.probabilities = probabilities
    let order = probabilities.indices.sorted { (probabilities[$0], $1) > (probabilities[$1], $0) }
    best = order.prefix(top).map { index in
      (labels.indices.contains(index) ? labels[index] : "class \(index)", index, probabilities[index])
    }
  }

  var json: JSON {
    .object([
      ("file", .string(file)), ("probabilities", .array(probabilities.map(JSON.float))),
      (
        "top",
        .array(
          best.map { entry in
            .object([
              ("label", .string(entry.label)), ("index", .integer(entry.index)),
              ("probability", .float(entry.probability)),
            ])
          })
      ),
    ])
  }
}

extension Features {
  fileprivate var json: JSON {
    .object([
      ("file", .string(file)), ("shape", .integers(shape)), ("features", .array(values.map(JSON.float))),
    ])
  }
}
