import ArgumentParser
import ImageFiles
import KerasFiles
import ModelGraph
import PackFile
import SystemFiles
import Training

struct Import: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Read Keras weights, fold their batch normalization, write a pack.",
    usage: "mlpack import <source> [--output <pack>] [<options>]",
    discussion: """
      A classifier in the file is kept unless --no-top or --classes says otherwise. Where there is none, \
      --labels or --classes adds one: average pooling, flatten, dense and softmax.
      """)

  @Argument(
    help: ArgumentHelp(
      "A file that Keras saved: .h5, .keras, .weights.h5 or .weights.json.", valueName: "source"))
  var source: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The pack to write. (default: the source's name with .mlpack, here)", valueName: "pack"))
  var output: String?

  @Option(help: ArgumentHelp("A text file that names the classes, a label a line.", valueName: "file"))
  var labels: String?

  @Option(help: ArgumentHelp("Replace the classifier by a new one for this many classes.", valueName: "n"))
  var classes: Int?

  @Flag(help: "Drop the classifier.")
  var noTop = false

  @Option(
    help: ArgumentHelp("What is to be trained. (default: conv_pw_13 and the classifier)", valueName: "mask"))
  var train: String?

  @Option(
    help: ArgumentHelp("The precision of frozen kernels: f32, f16, bf16 or int8.", valueName: "dtype"))
  var dtype = DTypeOption.f32

  @Flag(help: "Compress the pack.")
  var compress = false

  @Option(
    help: ArgumentHelp(
      "Images on which to compare the outputs before and after --dtype: a folder, a CSV manifest, or TFRecord files.",
      valueName: "data"))
  var calibrate: String?

  @Option(help: ArgumentHelp("Height and width of the input, where the file cannot say it.", valueName: "n"))
  var inputSize: Int?

  @OptionGroup var randomness: SeedOption

  @OptionGroup var device: DeviceOption

  @Flag(help: "Say what would be done, and write nothing.")
  var dryRun = false

  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    if noTop && classes != nil {
      throw ValidationError("--no-top and --classes contradict each other; give one")
    }
    if calibrate != nil && dtype == .f32 {
      throw ValidationError("--calibrate compares what --dtype changes; give f16, bf16 or int8")
    }
    if let classes, !(1...1_000_000).contains(classes) {
      throw ValidationError("--classes must be between 1 and 1000000")
    }
    if let inputSize, !(1...65_536).contains(inputSize) {
      throw ValidationError("--input-size must be between 1 and 65536")
    }
  }

  func run() throws {
    let names = try labels.map(Labels.read) ?? []
    let head = noTop || classes != nil ? ForeignHead.leftOut : .refused
    let file = try KerasFile(reading: source, inputSize: inputSize, head: head)
    var (pack, reduction) = try blaming(source) { try packed(file.model, names) }
    pack.compresses = compress
    let path = output ?? defaultOutput
    let size = try dryRun ? PackFile.encode(pack).count : PackFile.write(pack, to: path)
    guard !verbosity.quiet else { return }
    let summary = ImportSummary(
      file: file, pack: pack, reduction: reduction, isVerbose: verbosity.verbose
    ).text
    let verb = dryRun ? "would write" : "wrote"
    try StandardOutput.write(summary + "\(verb) \(printable(path)), \(grouped(size)) bytes\n")
  }

  /// The pack as the options ask for it, and what it takes to say of it where kernels are in fewer bits.
  private func packed(_ found: Model, _ names: [String]) throws -> (Pack, ReductionSummary?) {
    let model = try withClassifier(found, names)
    let exact = try fold(model, names)
    guard let kind = dtype.kind else { return (exact, nil) }
    let reduced = try exact.reduced(to: kind)
    var summary = try ReductionSummary(reduced, to: kind, of: model)
    summary.outputs = try calibrate.map { try compare(exact, reduced, onImagesAt: $0) }
    return (reduced, summary)
  }

  private func compare(_ exact: Pack, _ reduced: Pack, onImagesAt path: String) throws -> OutputComparison {
    var progress = ReadingProgress(quiet: verbosity.quiet)
    let files = try ImageFolder.images(at: FilePath.arguments([path])[0])
    guard !files.isEmpty else { throw CommandError.data("\(path): there are no images in it") }
    return try Evaluator.compare(exact, reduced, files, device.open(verbosity)) { event in
      switch event {
      case .reading(let done, let total): progress.report(done, of: total)
      case .brokenImages(let errors): progress.warn(errors)
      case .step, .epoch, .smallerMicroBatch, .stoppedEarly: break
      }
    }
  }

  private func fold(_ model: Model, _ names: [String]) throws -> Pack {
    let mask = try train.map { try FreezeMask(parsing: $0, in: model.graph) } ?? .default(for: model.graph)
    let provenance = Provenance(sourceName: fileName(of: source), sourceDigest: "", toolVersion: toolVersion)
    var (pack, digest) = try Parallel.both {
      try Pack(folding: model, mask: mask, labels: names, provenance: provenance)
    } _: { [source] in
      try Digest.sha256(path: source)
    }
    pack.provenance.sourceDigest = digest
    return pack
  }

  /// `model` with the classifier that the options ask for.
  private func withClassifier(_ model: Model, _ names: [String]) throws -> Model {
    if let classes {
      guard names.isEmpty || names.count == classes else {
        throw CommandError.usage(
          "--classes says \(classes), but '\(labels ?? "")' has \(counted(names.count, "label"))")
      }
      return try model.withHead(classes: classes, seed: randomness.seed)
    }
    let kept = noTop && model.hasTop ? try model.withoutTop() : model
    guard let classCount = kept.graph.classCount else {
      return names.isEmpty ? kept : try kept.withHead(classes: names.count, seed: randomness.seed)
    }
    guard names.isEmpty || names.count == classCount else {
      throw CommandError.data(
        "'\(labels ?? "")' has \(counted(names.count, "label")), but the classifier in '\(source)' has "
          + "\(counted(classCount, "class", "classes")); --classes \(names.count) replaces it by a new one")
    }
    return kept
  }

  private var defaultOutput: String {
    let name = fileName(of: source)
    let ending =
      [".weights.h5", ".weights.json", ".h5", ".hdf5", ".keras"].first { name.hasSuffix($0) && name != $0 }
      ?? ""
    return name.dropLast(ending.count) + ".mlpack"
  }
}
