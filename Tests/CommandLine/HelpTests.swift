import Testing

@Suite struct HelpTests {
  private let folder: TestFolder

  init() throws { folder = try TestFolder() }

  private static let help = """
    OVERVIEW: Import a Keras MobileNet, fine-tune it on any OpenCL device, give it
    back as Keras.

    USAGE: mlpack <subcommand>

    OPTIONS:
      --version               Show the version.
      -h, --help              Show help information.

    SUBCOMMANDS:
      import                  Read Keras weights, fold their batch normalization,
                              write a pack.
      inspect                 Show what is in a file: layers, shapes, parameters,
                              what is trained, sizes.
      freeze                  Change what is trained, or find out what training it
                              would cost.
      finetune                Train what the freeze mask leaves trainable, on an
                              OpenCL device.
      evaluate                Measure a pack on labelled images: loss, accuracy,
                              confusion matrix.
      predict                 Tell what is on images: labels and probabilities.
      export                  Write the weights of a pack back to Keras.
      verify                  Tell whether two files hold the same network, and if
                              not, why.
      diff                    List the tensors in which two files differ, and by
                              how much.
      delta                   Keep only what training changed of a pack.
      apply                   Make the trained pack of its base and a delta.
      devices                 List the OpenCL devices of this machine.
      selftest                Check that a device computes right: each kernel
                              beside double precision.
      bench                   Measure how fast a device runs and trains a MobileNet.

      See 'mlpack help <subcommand>' for detailed help.

    """

  @Test(arguments: [["--help"], ["-h"], ["help"], []])
  func helpIsWhatWasAskedFor(_ arguments: [String]) throws {
    let outcome = try Tool.run(arguments, in: folder)
    #expect(outcome.output == HelpTests.help)
    #expect(outcome.errors == "")
    #expect(outcome.status == 0)
  }

  @Test(
    arguments: [
      "import", "inspect", "freeze", "finetune", "evaluate", "predict", "export", "verify", "diff", "delta",
      "apply", "devices", "selftest", "bench",
    ])
  func everyCommandExplainsItself(_ command: String) throws {
    let outcome = try Tool.run([command, "--help"], in: folder)
    #expect(outcome.output.hasPrefix("OVERVIEW: "))
    #expect(outcome.output.contains("\nUSAGE: mlpack \(command)"))
    #expect(outcome.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
    #expect(outcome.errors == "")
    #expect(outcome.status == 0)
  }

  @Test func theVersionIsALine() throws {
    let outcome = try Tool.run(["--version"], in: folder)
    #expect(outcome.output.wholeMatch(of: #/mlpack \d+\.\d+\.\d+\n/#) != nil)
    #expect(outcome.status == 0)
  }
}
