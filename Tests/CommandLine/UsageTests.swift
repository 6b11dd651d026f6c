import Testing

/// A command line that asks for nothing that can be done, and the line that says so.
struct Misuse: Sendable, CustomTestStringConvertible {
  let arguments: [String]
  let line: String

  init(_ arguments: String, _ line: String) {
    self.arguments = arguments.split(separator: " ").map(String.init)
    self.line = line
  }

  var testDescription: String { arguments.joined(separator: " ") }
}

@Suite struct UsageTests {
  private static let misuses = [
    Misuse("fly", "no such command: 'fly'; see 'mlpack --help'"),
    Misuse("help fly", "no such command: 'fly'; see 'mlpack --help'"),
    Misuse(
      "export a --onto b --shard-size 1MB -o c",
      "--onto keeps the parts of ORIGINAL; leave --shard-size out; see 'mlpack export --help'"),
    Misuse("inspect", "missing expected argument '<file>'; see 'mlpack inspect --help'"),
    Misuse("inspect a b", "unexpected argument 'b'; see 'mlpack inspect --help'"),
    Misuse("inspect a --jsn", "unknown option '--jsn'. Did you mean '--json'?; see 'mlpack inspect --help'"),
    Misuse(
      "import a --classes many", "the value 'many' is invalid for '--classes <n>'; see 'mlpack import --help'"
    ),
    Misuse("import a --classes 0", "--classes must be between 1 and 1000000; see 'mlpack import --help'"),
    Misuse(
      "import a --dtype f8",
      "the value 'f8' is invalid for '--dtype <dtype>'. Please provide one of 'f32', 'f16', 'bf16' or 'int8'; "
        + "see 'mlpack import --help'"),
    Misuse(
      "import a --calibrate b",
      "--calibrate compares what --dtype changes; give f16, bf16 or int8; see 'mlpack import --help'"),
    Misuse("import a --input-size 0", "--input-size must be between 1 and 65536; see 'mlpack import --help'"),
    Misuse(
      "import a --no-top --classes 3",
      "--no-top and --classes contradict each other; give one; see 'mlpack import --help'"),
    Misuse(
      "import a --quiet --verbose", "--quiet and --verbose contradict each other; see 'mlpack import --help'"),
    Misuse(
      "finetune a --data b", "missing expected argument '--output <pack>'; see 'mlpack finetune --help'"),
    Misuse(
      "finetune a --data b -o c --validation-split 0.2 --validation-data d",
      "--validation-data and --validation-split contradict each other; give one; see 'mlpack finetune --help'"
    ),
    Misuse(
      "finetune a --data b -o c --validation-split 1",
      "--validation-split must lie between 0 and 1; see 'mlpack finetune --help'"),
    Misuse(
      "finetune a --data b -o c --epochs 0",
      "--epochs must be between 1 and 1000000000; see 'mlpack finetune --help'"),
    Misuse(
      "finetune a --data b -o c --batch-size 0",
      "--batch-size must be between 1 and 1000000; see 'mlpack finetune --help'"),
    Misuse(
      "finetune a --data b -o c --learning-rate nan",
      "--learning-rate must be positive; see 'mlpack finetune --help'"),
    Misuse(
      "finetune a --data b -o c --cache-dtype bf16",
      "the value 'bf16' is invalid for '--cache-dtype <dtype>'. Please provide one of 'f32' and 'f16'; "
        + "see 'mlpack finetune --help'"),
    Misuse(
      "finetune a --data b -o c --cache-dtype f16 --no-cache",
      "--cache-dtype and --no-cache contradict each other; give one; see 'mlpack finetune --help'"),
    Misuse("verify a", "missing expected argument '<b>'; see 'mlpack verify --help'"),
    Misuse(
      "diff a b --quiet --verbose",
      "--quiet and --verbose contradict each other; see 'mlpack diff --help'"),
    Misuse("delta a b", "missing expected argument '--output <delta>'; see 'mlpack delta --help'"),
    Misuse(
      "delta a b -o c --dtype int8",
      "the value 'int8' is invalid for '--dtype <dtype>'. Please provide one of 'f32' and 'f16'; "
        + "see 'mlpack delta --help'"),
    Misuse("apply a -o b", "missing expected argument '<delta>'; see 'mlpack apply --help'"),
    Misuse("predict a", "missing expected argument '<image> ...'; see 'mlpack predict --help'"),
    Misuse("predict a b --top 0", "--top must be at least 1; see 'mlpack predict --help'"),
    Misuse(
      "bench --tune --layers", "--layers and --tune exclude each other; see 'mlpack bench --help'"),
    Misuse(
      "export a -o b.onnx",
      "no format is known by the name of 'b.onnx'; end it in .h5 or .keras, or give --format "
        + "(keras-h5, keras-weights-h5, keras-v3, weights-h5, weights-json); "
        + "see 'mlpack export --help'"),
    Misuse(
      "export a -o b.h5 --onto c --format keras-h5",
      "--onto keeps the format of ORIGINAL; leave --format out; see 'mlpack export --help'"),
  ]

  @Test(arguments: misuses)
  func misuseIsOneLine(_ misuse: Misuse) throws {
    let folder = try TestFolder()
    let outcome = try Tool.run(misuse.arguments, in: folder)
    #expect(outcome.errors == "mlpack: error: \(misuse.line)\n")
    #expect(outcome.output == "")
    #expect(outcome.status == 64)
    #expect(try folder.names == [])
  }

  @Test func aMaskThatMatchesNothingNamesTheNearestLayers() throws {
    let folder = try TestFolder()
    let outcome = try Tool.run(["import", Fixtures.small, "--train", "conv_pw13"], in: folder)
    #expect(
      outcome.errors
        == "mlpack: error: mask term 'conv_pw13' matches no layer; nearest: conv_pw_3, conv_pw_13, conv_pw_9\n"
    )
    #expect(outcome.status == 64)
    #expect(try folder.names == [])
  }

  /// Also where there is nothing yet to overwrite.
  @Test(arguments: [
    ("--report ./tuned.mlpack", "--report", "tuned.mlpack"),
    ("--log tuned.mlpack", "--log", "tuned.mlpack"),
    ("--log tuned.mlpack.checkpoint", "--log", "tuned.mlpack.checkpoint"),
    ("--log a --report ./a", "--report", "a"),
  ])
  func noFileOfARunMayOverwriteAnother(_ options: String, _ option: String, _ other: String) throws {
    let folder = try TestFolder()
    try folder.addPack()
    let words = "finetune small.mlpack --data . -o tuned.mlpack \(options)".split(separator: " ").map(
      String.init)
    let outcome = try Tool.run(words, in: folder)
    #expect(
      outcome.errors == "mlpack: error: \(option) would overwrite '\(other)'; see 'mlpack finetune --help'\n")
    #expect(outcome.status == 64)
    #expect(try folder.names == ["small.mlpack"])
  }

  @Test func theLogMayNotOverwriteThePack() throws {
    let folder = try TestFolder()
    try folder.addPack()
    let before = try folder.bytes("small.mlpack")
    let arguments = [
      "finetune", "small.mlpack", "--data", ".", "-o", "tuned.mlpack", "--log", "./small.mlpack",
    ]
    let outcome = try Tool.run(arguments, in: folder)
    #expect(
      outcome.errors == "mlpack: error: --log would overwrite 'small.mlpack'; see 'mlpack finetune --help'\n")
    #expect(outcome.status == 64)
    #expect(try folder.bytes("small.mlpack") == before)
  }
}
