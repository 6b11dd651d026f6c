import Foundation
import Testing

/// A command on a file that it cannot work with.
struct Refusal: Sendable, CustomTestStringConvertible {
  let arguments: [String]
  let status: Int32
  let line: String

  init(_ arguments: String, _ status: Int32, _ line: String) {
    self.arguments = arguments.split(separator: " ").map { $0 == "SMALL" ? Fixtures.small : String($0) }
    self.status = status
    self.line = line
  }

  var testDescription: String { arguments.joined(separator: " ") }
}

@Suite struct FileErrorTests {
  /// `good.mlpack`, and files that are not what they should be.
  private func prepared() throws -> TestFolder {
    let folder = try TestFolder()
    try folder.addPack(["--classes", "3"])
    let pack = try folder.bytes("small.mlpack")
    try folder.write("good.mlpack", pack)
    try FileManager.default.removeItem(atPath: folder.path + "/small.mlpack")
    try folder.write("short.mlpack", pack.dropLast(100))
    var flipped = pack
    flipped[pack.count / 2] ^= 1
    try folder.write("flipped.mlpack", flipped)
    try folder.write("garbage.h5", "This is no network.\n")
    try folder.write("empty.h5", "")
    try folder.write("short.h5", try Fixtures.bytes("keras/mobilenet_hosted_no_top.h5").prefix(100_000))
    try folder.folder("no_classes")
    try folder.folder("hollow/ant")
    return folder
  }

  private static let refusals = [
    Refusal("inspect gone.h5", 66, "'gone.h5' is not there (open: No such file or directory)"),
    Refusal("import gone.h5", 66, "'gone.h5' is not there (open: No such file or directory)"),
    Refusal("export gone.mlpack -o x.h5", 66, "'gone.mlpack' is not there (open: No such file or directory)"),
    Refusal(
      "finetune gone.mlpack --data . -o x", 66, "'gone.mlpack' is not there (open: No such file or directory)"
    ),
    Refusal(
      "import SMALL --labels gone.txt", 66, "'gone.txt' is not there (open: No such file or directory)"),
    Refusal("verify good.mlpack gone.h5", 66, "'gone.h5' is not there (open: No such file or directory)"),
    Refusal("diff gone.h5 good.mlpack", 66, "'gone.h5' is not there (open: No such file or directory)"),
    Refusal(
      "verify garbage.h5 good.mlpack --json", 65,
      "'garbage.h5' is no file that Keras keeps a network in; save the model in Keras with "
        + "model.save(\"name.keras\")"),
    Refusal("delta good.mlpack gone -o x", 66, "'gone' is not there (open: No such file or directory)"),
    Refusal("apply good.mlpack gone -o x", 66, "'gone' is not there (open: No such file or directory)"),
    Refusal(
      "delta good.mlpack garbage.h5 -o x", 65,
      "'garbage.h5' is not an mlpack file: it has 20 bytes, fewer than the 32 that every pack has (rule P-01); "
        + "'mlpack import' makes a pack of a Keras file"
    ),
    Refusal(
      "apply good.mlpack good.mlpack -o x", 65,
      "'good.mlpack' is not a delta: it does not begin as a delta does (rule D-01); 'mlpack delta' makes one of two packs"
    ),
    Refusal(
      "delta good.mlpack good.mlpack -o gone/x", 73,
      "'gone/x' cannot be written (open: No such file or directory)"),
    Refusal("inspect .", 66, "'.' cannot be read (open: Is a directory)"),
    Refusal("finetune good.mlpack --data gone -o x", 66, "gone: no such file or folder"),
    Refusal("predict good.mlpack gone.jpg", 66, "gone.jpg: no such file"),
    Refusal(
      "inspect garbage.h5", 65,
      "'garbage.h5' is no file that Keras keeps a network in; save the model in Keras with "
        + "model.save(\"name.keras\")"),
    Refusal("import empty.h5", 65, "'empty.h5' is empty; fetch or save it again"),
    Refusal(
      "predict good.mlpack garbage.h5", 65, "garbage.h5: not a JPEG, PNG, WebP or BMP image; convert it"),
    Refusal(
      "finetune good.mlpack --data no_classes -o x", 65,
      "no_classes: no class folders; put the images of each class into a folder of its name"),
    Refusal(
      "evaluate good.mlpack --data hollow", 65,
      "hollow: no images (.bmp .gif .jpeg .jpg .png .webp) in 'ant'; add some, or remove the folder"),
    Refusal(
      "export good.mlpack -o gone/x.h5", 73, "'gone/x.h5' cannot be written (open: No such file or directory)"
    ),
    Refusal(
      "import SMALL -o garbage.h5/x", 73, "'garbage.h5/x' cannot be written (open: Not a directory)"),
    Refusal("import SMALL -o hollow", 73, "'hollow' cannot be written (open: Is a directory)"),
  ]

  @Test(arguments: refusals)
  func whatCannotBeDoneIsOneLine(_ refusal: Refusal) throws {
    let folder = try prepared()
    let before = try folder.names
    let outcome = try Tool.run(refusal.arguments, in: folder)
    #expect(outcome.errors == "mlpack: error: \(refusal.line)\n")
    #expect(outcome.output == "")
    #expect(outcome.status == refusal.status)
    #expect(try folder.names == before)
  }

  @Test(
    arguments: [
      ["inspect"], ["export", "-o", "x.h5"], ["predict", "x.jpg"], ["evaluate", "--data", "hollow"],
      ["finetune", "--data", "hollow", "-o", "x.mlpack"],
    ], ["short.mlpack", "flipped.mlpack"])
  func damagedPacksAreToldFromGoodOnes(_ command: [String], pack: String) throws {
    let folder = try prepared()
    let before = try folder.names
    let outcome = try Tool.run([command[0], pack] + command.dropFirst(), in: folder)
    #expect(
      outcome.errors.wholeMatch(of: #/mlpack: error: '[a-z]+\.mlpack' is damaged: .+ \(rule P-\d\d\).*\n/#)
        != nil)
    #expect(outcome.output == "")
    #expect(outcome.status == 65)
    #expect(try folder.names == before)
  }

  @Test func aTruncatedKerasFileIsDamaged() throws {
    let folder = try prepared()
    let outcome = try Tool.run(["import", "short.h5"], in: folder)
    #expect(outcome.errors.hasPrefix("mlpack: error: 'short.h5' is damaged"))
    #expect(outcome.errors.filter { $0 == "\n" }.count == 1)
    #expect(outcome.status == 65)
  }

  @Test func namesCannotSteerATerminal() throws {
    let folder = try TestFolder()
    let outcome = try Tool.run(["inspect", "a\u{1B}[31m\nb"], in: folder)
    #expect(
      outcome.errors
        == "mlpack: error: 'a\\u{1b}[31m\\u{a}b' is not there (open: No such file or directory)\n")
    #expect(outcome.status == 66)
  }
}
