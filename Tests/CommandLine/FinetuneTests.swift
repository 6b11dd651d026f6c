import Foundation
import Testing

@Suite struct FinetuneTests {
  private let folder: TestFolder

  init() throws {
    folder = try TestFolder()
    try folder.addPack()
    try folder.addPhotos()
  }

  private static let run = [
    "finetune", "small.mlpack", "--data", "photos", "--validation-data", "photos", "-o", "tuned.mlpack",
    "--epochs", "2",
    "--batch-size", "4",
  ]

  @Test func aRunShowsItsEpochs() throws {
    let outcome = try Tool.run(FinetuneTests.run, in: folder)
    // Where the device's kernels are not known, a line says that they were checked.
    let lines = outcome.errors.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("checked ") }
    try #require(lines.count == 11)
    #expect(lines[0] == "network  mobilenet_0.10_32, alpha 0.1, input 32 × 32 × 3")
    #expect(lines[1] == "classes  ant, bee, cat")
    #expect(lines[2] == "trains   conv_pw_13,dense: 10,713 of 40,190 parameters")
    #expect(lines[3] == "images   6 to train, 6 to validate; 4 a batch")
    #expect(lines[4].wholeMatch(of: #/needs    [\d.]+ [kM]B of memory besides the device's driver/#) != nil)
    #expect(lines[5].hasPrefix("device   "))
    #expect(lines[6].hasPrefix("read 12 images in "))
    #expect(lines[7] == "epoch     loss  accuracy  val_loss  val_accuracy  images/s        time")
    let row = #/ +\d  +(\d\.\d{4}|–)  +(\d+\.\d %|–)  +\d\.\d{4}  +\d+\.\d %  +[\d,]+  +[\d.]+ m?s/#
    #expect(lines[8...].allSatisfy { $0.wholeMatch(of: row) != nil })
    #expect(
      outcome.output.wholeMatch(of: #/wrote tuned\.mlpack: validation accuracy \d+\.\d % → \d+\.\d %\n/#)
        != nil)
    #expect(outcome.status == 0)
    #expect(try folder.names == ["photos", "small.mlpack", "tuned.mlpack"])
  }

  @Test func theLogHasALineAnEpoch() throws {
    try Tool.output(FinetuneTests.run + ["--log", "log.jsonl", "--quiet"], in: folder)
    let lines = try folder.text("log.jsonl").split(separator: "\n").map { try object(String($0)) }
    try #require(lines.count == 3)
    #expect(lines.map { $0["epoch"] as? Int } == [0, 1, 2])
    let all = [
      "epoch", "imagesPerSecond", "seconds", "trainAccuracy", "trainLoss", "validationAccuracy",
      "validationLoss",
    ]
    #expect(lines[0].keys.sorted() == all.filter { !$0.hasPrefix("train") })
    #expect(lines[1].keys.sorted() == all)
  }

  @Test func quietRunsAreSilentAndGiveTheSameBytes() throws {
    let outcome = try Tool.run(FinetuneTests.run + ["--quiet"], in: folder)
    #expect((outcome.output, outcome.errors) == ("", ""))
    let first = try folder.bytes("tuned.mlpack")
    try Tool.output(FinetuneTests.run, in: folder)
    #expect(try folder.bytes("tuned.mlpack") == first)
  }

  @Test func onlyWhatWasTrainedIsRewritten() throws {
    try folder.addPack(["--classes", "3"])
    try Tool.output(["export", "small.mlpack", "-o", "before.h5"], in: folder)
    try Tool.output(FinetuneTests.run, in: folder)
    let output = try Tool.output(
      ["export", "tuned.mlpack", "--onto", "before.h5", "-o", "after.h5"], in: folder)
    #expect(
      output == """
        wrote after.h5: before.h5 with 3 tensors rewritten
          conv_pw_13/kernel
          dense/kernel
          dense/bias

        """)
  }

  @Test func brokenImagesAreNamedAndLeftOut() throws {
    try folder.write("photos/bee/0.jpg", "not a picture")
    let outcome = try Tool.run(FinetuneTests.run + ["--quiet"], in: folder)
    let line = "mlpack: warning: photos/bee/0.jpg: not a JPEG, PNG, WebP or BMP image; convert it; left out\n"
    #expect(outcome.errors == line + line)
    #expect(outcome.status == 0)
  }

  /// Decoded anew in each epoch, one to a batch, they are named once, and a batch may be empty.
  @Test func brokenImagesAreLeftOutOfEveryEpoch() throws {
    try folder.write("photos/bee/0.jpg", "not a picture")
    let arguments = [
      "finetune", "small.mlpack", "--data", "photos", "--epochs", "3", "--batch-size", "1", "--no-cache",
      "--quiet",
      "--log", "log.jsonl", "-o", "tuned.mlpack",
    ]
    let outcome = try Tool.run(arguments, in: folder)
    #expect(
      outcome.errors
        == "mlpack: warning: photos/bee/0.jpg: not a JPEG, PNG, WebP or BMP image; convert it; left out\n")
    #expect(outcome.status == 0)
    let log = try folder.text("log.jsonl")
    #expect(log.split(separator: "\n").count == 3)
  }

  @Test func nothingButBrokenImagesIsAnErrorOfAStreamToo() throws {
    for name in ["ant", "bee", "cat"] {
      for file in ["1.jpg", "2.png"] { try folder.write("photos/\(name)/\(file)", "not a picture") }
    }
    let arguments = [
      "finetune", "small.mlpack", "--data", "photos", "--no-cache", "--quiet", "-o", "tuned.mlpack",
    ]
    let outcome = try Tool.run(arguments, in: folder)
    #expect(outcome.errors.hasPrefix("mlpack: error: none of the 6 images can be used; the first: photos/"))
    #expect(outcome.status == 65)
  }

  /// A log of an earlier run stays where this one cannot begin.
  @Test func aRunThatCannotBeginLeavesTheLog() throws {
    try folder.write("log.jsonl", "earlier\n")
    let outcome = try Tool.run(
      FinetuneTests.run + ["--memory-limit", "1kB", "--log", "log.jsonl"], in: folder)
    #expect(outcome.status == 75)
    #expect(
      outcome.errors.hasPrefix(
        "mlpack: error: this run takes more than the memory limit; allow --memory-limit "))
    #expect(try folder.text("log.jsonl") == "earlier\n")
  }

  @Test func aCacheThatWasAskedForIsToBeThere() throws {
    let outcome = try Tool.run(FinetuneTests.run + ["--cache-dir", "small.mlpack"], in: folder)
    #expect(outcome.status == 73)
    #expect(outcome.errors.hasPrefix("mlpack: error: 'small.mlpack"))
    #expect(try folder.names == ["photos", "small.mlpack"])
  }

  @Test func nothingButBrokenImagesIsAnError() throws {
    for name in ["ant", "bee", "cat"] {
      for file in ["1.jpg", "2.png"] { try folder.write("photos/\(name)/\(file)", "not a picture") }
    }
    let outcome = try Tool.run(FinetuneTests.run + ["--quiet"], in: folder)
    #expect(
      outcome.errors == "mlpack: error: none of the 6 images can be used; the first: "
        + "photos/ant/1.jpg: not a JPEG, PNG, WebP or BMP image; convert it\n")
    #expect(outcome.status == 65)
    #expect(try folder.names == ["photos", "small.mlpack"])
  }

  @Test func classesThatDoNotFitAreAnError() throws {
    try folder.addPack(["--classes", "4"])
    let outcome = try Tool.run(FinetuneTests.run, in: folder)
    #expect(
      outcome.errors == "mlpack: error: photos: 3 classes, but the pack tells 4 classes apart; "
        + "import its source again with --classes 3\n")
    #expect(outcome.status == 65)
  }

  @Test func foldersMustBeTheLabels() throws {
    try folder.write("labels.txt", "ant\nbee\ndog\n")
    try folder.addPack(["--labels", "labels.txt"])
    let outcome = try Tool.run(FinetuneTests.run, in: folder)
    #expect(
      outcome.errors
        == "mlpack: error: photos: its classes are not the labels: missing 'dog'; unknown 'cat'; name them alike, or import with these as --labels\n"
    )
    #expect(outcome.status == 65)
  }

  @Test func anOutputThatCannotBeWrittenIsFoundBeforeTheWork() throws {
    let outcome = try Tool.run(
      ["finetune", "small.mlpack", "--data", "photos", "-o", "gone/tuned.mlpack"], in: folder)
    #expect(
      outcome.errors
        == "mlpack: error: 'gone/tuned.mlpack' cannot be written (open: No such file or directory)\n")
    #expect(outcome.status == 73)
  }

  @Test func aMaskThatTrainsNothingIsAnError() throws {
    let outcome = try Tool.run(FinetuneTests.run + ["--train", "none"], in: folder)
    #expect(outcome.errors.contains("mlpack: error: the mask trains nothing"))
    #expect(outcome.status == 64)
    #expect(try folder.names == ["photos", "small.mlpack"])
  }

  @Test func aClosedStandardErrorDoesNotEndUpInAFile() throws {
    let arguments = (FinetuneTests.run + ["--log", "log.jsonl"]).joined(separator: " ")
    #expect(try Shell.run("'\(Tool.path)' \(arguments) 2>&-", in: folder).status == 0)
    #expect(try folder.text("log.jsonl").split(separator: "\n").allSatisfy { $0.hasPrefix("{\"epoch\"") })
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func aSignalLeavesACheckpointAndNothingElse(_ signal: Int32) throws {
    let endless = FinetuneTests.run.map { $0 == "2" ? "100000000" : $0 } + ["--log", "log.jsonl"]
    let run = try Run(endless, in: folder)
    while run.isRunning, (try? folder.text("log.jsonl").isEmpty) ?? true { usleep(10_000) }
    run.send(signal: signal)
    #expect(try run.finish().status == 130)
    #expect(try folder.names == ["log.jsonl", "photos", "small.mlpack", "tuned.mlpack.checkpoint"])
  }

  @Test func aRunGoesOnOnlyWithItsOwnOptions() throws {
    let long = FinetuneTests.run.map { $0 == "2" ? "5000" : $0 } + ["--log", "log.jsonl", "--quiet"]
    let run = try Run(long, in: folder)
    while run.isRunning, (try? folder.text("log.jsonl").count) ?? 0 < 1000 { usleep(1000) }
    run.send(signal: SIGINT)
    try #require(run.finish().status == 130)
    let other = try Tool.run(long + ["--resume", "--learning-rate", "0.5"], in: folder)
    #expect(other.errors.contains("is of a run with --learning-rate"))
    #expect(other.status == 64)
    let seen = try folder.text("log.jsonl").split(separator: "\n").count
    #expect(seen > 1)
    // What was logged before stands in the log again.
    let resumed = try Run(long + ["--resume"], in: folder)
    while resumed.isRunning, (try? folder.text("log.jsonl").split(separator: "\n").count) ?? 0 < seen + 3 {
      usleep(1000)
    }
    resumed.send(signal: SIGTERM)
    #expect(try resumed.finish().status == 130)
    let epochs = try folder.text("log.jsonl").split(separator: "\n").map {
      try object(String($0))["epoch"] as? Int
    }
    #expect(epochs == (0..<epochs.count).map { $0 })
  }

  @Test func freezeChangesTheMaskAndTellsTheCost() throws {
    let cost = try Tool.output(
      ["freeze", "small.mlpack", "--train", "*", "--dry-run", "--batch-size", "8", "--json"], in: folder)
    let figures = try object(cost)
    #expect(figures["backPropagationStopsAt"] as? String == "conv1")
    #expect(figures["mask"] as? String == "*")
    #expect((figures["trainableParameters"] as? Int ?? 0) > 30_000)
    #expect(figures["frozenMultiplyAddsPerImage"] as? Int == 0)
    let before = try folder.bytes("small.mlpack")
    let outcome = try Tool.run(
      ["freeze", "small.mlpack", "--train", "conv_pw_12..", "-o", "other.mlpack"], in: folder)
    #expect(outcome.output.hasPrefix("wrote other.mlpack: trains conv_pw_12.., "))
    #expect(try folder.bytes("small.mlpack") == before)
    // And back again, to the first bytes.
    try Tool.output(
      ["freeze", "other.mlpack", "--train", "conv_pw_13", "-o", "back.mlpack"], in: folder)
    #expect(try folder.bytes("back.mlpack") == before)
  }
}
