import Report
import Testing

@Suite struct ClassTests {
  @Test func `each cell of the matrix holds its count`() {
    let page = Sample.run().html()
    let rows = [["class 0", "8", "1", "1"], ["class 1", "0", "10", "0"], ["class 2", "2", "0", "6"]]
    #expect(Page.rows("matrix", of: page) == rows)
    #expect(page.contains("24 of 28 validation images right."))
  }

  @Test func `precision and recall are the matrix's`() {
    let rows = Page.rows("classes-all", of: Sample.run().html())
    let space = "\u{202F}"
    #expect(rows[0] == ["class 0", "80.0\(space)%", "80.0\(space)%", "10", "10"])
    #expect(rows[1] == ["class 1", "100.0\(space)%", "90.9\(space)%", "10", "11"])
    #expect(rows[2] == ["class 2", "75.0\(space)%", "85.7\(space)%", "8", "12"])
  }

  @Test func `a class without images has no recall, one never called no precision`() {
    let page = Sample.run(classes: 2, confusion: [[3, 0], [0, 0]]).html()
    #expect(Page.rows("classes-all", of: page)[1] == ["class 1", "–", "–", "0", "11"])
  }

  @Test func `what many classes were taken for is a list, the most frequent first`() {
    let size = 21
    var confusion = (0..<size).map { row in (0..<size).map { $0 == row ? 10 : 0 } }
    confusion[4][7] = 2
    confusion[20][0] = 5
    confusion[3][9] = 2
    let page = Sample.run(classes: size, confusion: confusion).html()
    #expect(Page.rows("matrix", of: page).isEmpty)
    #expect(
      Page.rows("pairs", of: page).map { $0.prefix(3) } == [
        ["class 20", "class 0", "5"], ["class 3", "class 9", "2"], ["class 4", "class 7", "2"],
      ])
    #expect(
      Page.rows("classes-weakest", of: page).map { $0[0] }.prefix(3) == ["class 20", "class 3", "class 4"])
    #expect(Page.rows("classes-all", of: page).count == size)
    #expect(page.contains("A square is a class each way."))
  }

  @Test func `a thousand classes are a picture of a hundred squares each way`() {
    let confusion = (0..<1_000).map { row in (0..<1_000).map { $0 == row ? 1 : 0 } }
    let page = Sample.run(classes: 1_000, confusion: confusion).html()
    #expect(page.contains("A square is 10 classes each way."))
    let squares = page.firstMatch(of: /<path class="right" fill-opacity="1" d="([^"]*)"/)?.output.1 ?? ""
    #expect(squares.matches(of: /M/).count == 100)
    #expect(page.contains("No image was taken for another class"))
  }

  @Test func `nothing validated is said`() {
    let page = Sample.run(confusion: nil).html()
    #expect(page.contains("No images were set aside for validation"))
    #expect(!page.contains("id=\"mistakes\""))
    #expect(Page.rows("classes-all", of: page)[0] == ["class 0", "10"])
  }

  @Test(arguments: [
    ([5, 5, 5], "15 images to train, as many of each class."),
    ([10, 25, 10], "the largest class has 2.5 times the images of the smallest."),
    ([0, 25, 10], "none of at least one class."),
  ])
  func `how even the classes are is said`(_ counts: [Int], _ text: String) {
    var run = Sample.run()
    for (index, count) in counts.enumerated() { run.classes[index].trainingImages = count }
    #expect(run.html().contains(text))
  }

  @Test func `figures that cannot be do no harm`() {
    let odd = [[Int.max, Int.max], [Int.min], [], [1, 2, 3, 4, 5]]
    var run = Sample.run(classes: 2, confusion: odd)
    run.classes[0].trainingImages = .max
    run.classes[1].trainingImages = .min
    run.trained.totalParameters = .min
    run.memory = .init(planned: .min, limit: .max, peak: nil)
    run.epochs = [Int.min, 0, Int.max].map {
      .init(epoch: $0, trainLoss: .greatestFiniteMagnitude, seconds: .nan)
    }
    run.mistakes[0].probability = .nan
    let page = run.html()
    #expect(Page.rows("matrix", of: page).map(\.count) == [6, 6, 6, 6, 6])
    #expect(page.contains("class 4"))
  }

  @Test func `nothing at all makes a page`() {
    let run = RunReport(
      title: "", device: "", provenance: [], options: [], trained: .init(tensors: [], totalParameters: 0),
      epochs: [], keptEpoch: nil, ending: "", classes: [], confusion: .init(rows: []), mistakes: [],
      memory: .init(planned: nil, limit: nil, peak: nil), time: [])
    #expect(run.html().contains("No epoch was run."))
  }
}
