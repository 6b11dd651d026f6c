import Foundation
import Testing

@Suite struct LabelTests {
  private static let problems: [(text: String, line: String)] = [
    ("", "labels 'labels.txt': the file is empty; write one label a line"),
    ("\n\n", "labels 'labels.txt': the file is empty; write one label a line"),
    ("ant\n\nbee\n", "labels 'labels.txt', line 2: the line is empty; write one label a line"),
    (
      "ant\nbee\nant\n",
      "labels 'labels.txt', line 3: 'ant' is already on line 1; every class needs its own name"
    ),
    (
      "ant\nb\u{202E}ee\n",
      "labels 'labels.txt', line 2: the label holds a character that controls a terminal or turns text around; write it without"
    ),
    (
      "ant\nb\u{7}ee\n",
      "labels 'labels.txt', line 2: the label holds a character that controls a terminal or turns text around; write it without"
    ),
  ]

  @Test(arguments: problems)
  func badLabelsAreNamed(_ problem: (text: String, line: String)) throws {
    let folder = try TestFolder()
    try folder.write("labels.txt", problem.text)
    let outcome = try Tool.run(["import", Fixtures.small, "--labels", "labels.txt"], in: folder)
    #expect(outcome.errors == "mlpack: error: \(problem.line)\n")
    #expect(outcome.status == 65)
    #expect(try folder.names == ["labels.txt"])
  }

  @Test func labelsMustBeText() throws {
    let folder = try TestFolder()
    try folder.write("labels.txt", Data([0x61, 0xFF, 0x0A]))
    let outcome = try Tool.run(["import", Fixtures.small, "--labels", "labels.txt"], in: folder)
    #expect(outcome.errors == "mlpack: error: labels 'labels.txt': not a text file in UTF-8\n")
    #expect(outcome.status == 65)
  }

  @Test(arguments: ["ant\nbee\ncat", "ant\nbee\ncat\n", "\u{FEFF}ant\r\nbee \r\n\tcat\r\n\r\n"])
  func everyWayToWriteThreeLinesGivesThreeLabels(_ text: String) throws {
    let folder = try TestFolder()
    try folder.write("labels.txt", text)
    try folder.addPack(["--labels", "labels.txt"])
    let inspection = try object(Tool.output(["inspect", "small.mlpack", "--json"], in: folder))
    #expect(inspection["labels"] as? [String] == ["ant", "bee", "cat"])
  }

  @Test func labelsAndClassesMustAgree() throws {
    let folder = try TestFolder()
    try folder.write("labels.txt", "ant\nbee\n")
    let outcome = try Tool.run(
      ["import", Fixtures.small, "--labels", "labels.txt", "--classes", "3"], in: folder)
    #expect(outcome.errors == "mlpack: error: --classes says 3, but 'labels.txt' has 2 labels\n")
    #expect(outcome.status == 64)
  }

  @Test func labelsMustFitTheClassifierThatIsKept() throws {
    let folder = try TestFolder()
    try folder.addPack(["--classes", "3"])
    try Tool.output(["export", "small.mlpack", "-o", "top.h5"], in: folder)
    try folder.write("labels.txt", "ant\nbee\n")
    let outcome = try Tool.run(["import", "top.h5", "--labels", "labels.txt"], in: folder)
    #expect(
      outcome.errors
        == "mlpack: error: 'labels.txt' has 2 labels, but the classifier in 'top.h5' has 3 classes; "
        + "--classes 2 replaces it by a new one\n")
    #expect(outcome.status == 65)
  }
}
