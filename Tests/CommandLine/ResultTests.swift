import Foundation
import Testing

/// What evaluate and predict print.
@Suite struct ResultTests {
  private let folder: TestFolder

  init() throws {
    folder = try TestFolder()
    try folder.addPhotos()
    try folder.write("labels.txt", "ant\nbee\ncat\n")
    try folder.addPack(["--labels", "labels.txt"])
  }

  @Test func evaluationIsATable() throws {
    let outcome = try Tool.run(["evaluate", "small.mlpack", "--data", "photos"], in: folder)
    let lines = outcome.output.split(separator: "\n").map(String.init)
    try #require(lines.count == 7)
    #expect(lines[0].wholeMatch(of: #/6 images, 2 right: accuracy 33\.3 %, loss \d\.\d{4}/#) != nil)
    #expect(lines[1].hasPrefix("true \\ predicted"))
    #expect(lines[3...5].map { $0.prefix { $0 != " " } } == ["ant", "bee", "cat"])
    #expect(lines[6].hasPrefix("precision"))
    #expect(outcome.errors.hasPrefix("read 6 images in "))
    #expect(outcome.status == 0)
  }

  @Test func evaluationIsAlsoJSON() throws {
    let found = try object(
      Tool.output(["evaluate", "small.mlpack", "--data", "photos", "--json"], in: folder))
    #expect(
      found.keys.sorted() == ["accuracy", "confusion", "correct", "images", "labels", "loss", "perClass"])
    #expect(found["images"] as? Int == 6)
    #expect(found["labels"] as? [String] == ["ant", "bee", "cat"])
    let confusion = try #require(found["confusion"] as? [[Int]])
    #expect(confusion.map { $0.reduce(0, +) } == [2, 2, 2])
    let correct = try #require(found["correct"] as? Int)
    #expect((0..<3).reduce(0) { $0 + confusion[$1][$1] } == correct)
    let perClass = try #require(found["perClass"] as? [[String: Any]])
    #expect(
      perClass.map { $0.keys.sorted() }
        == [[String]](repeating: ["images", "label", "precision", "recall"], count: 3))
  }

  @Test func predictionsAreALineAnImage() throws {
    let output = try Tool.output(
      ["predict", "small.mlpack", "photos/ant/1.jpg", "photos/ant/2.png", "--top", "2"], in: folder)
    let lines = output.split(separator: "\n")
    try #require(lines.count == 2)
    let line = #/photos\/ant\/\d\.(jpg|png)  (ant|bee|cat) \d+\.\d %   (ant|bee|cat) \d+\.\d %/#
    #expect(lines.allSatisfy { $0.wholeMatch(of: line) != nil })
  }

  @Test func predictionsAreAlsoJSON() throws {
    let json = try Tool.output(["predict", "small.mlpack", "photos/ant/1.jpg", "--json"], in: folder)
    let found = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: Any]])
    let probabilities = try #require(found.first?["probabilities"] as? [Double])
    #expect(abs(probabilities.reduce(0, +) - 1) < 1e-6)
    let top = try #require(found.first?["top"] as? [[String: Any]])
    #expect(top.compactMap { $0["probability"] as? Double } == probabilities.sorted(by: >))
    let best = try #require(top.first?["index"] as? Int)
    #expect(top.first?["label"] as? String == ["ant", "bee", "cat"][best])
  }

  @Test func aFeatureExtractorGivesFeatures() throws {
    try folder.addPack(["--no-top"])
    let arguments = ["predict", "small.mlpack", "photos/ant/1.jpg"]
    let refused = try Tool.run(arguments, in: folder)
    #expect(
      refused.errors == "mlpack: error: 'small.mlpack' is a feature extractor, without a classifier; "
        + "--json prints the features\n")
    #expect(refused.status == 65)
    let json = try Tool.output(arguments + ["--json"], in: folder)
    let found = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: Any]])
    #expect(found.first?["shape"] as? [Int] == [1, 1, 102])
    #expect((found.first?["features"] as? [Double])?.count == 102)
  }
}
