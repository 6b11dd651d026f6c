import Report
import Testing

@Suite struct ChartTests {
  @Test func `a line has a point for each figure, where the axis has its value`() {
    var run = Sample.run()
    run.epochs = [0.5, 2, 1].enumerated().map { .init(epoch: $0, validationLoss: $1) }
    run.keptEpoch = 2
    let page = run.html()
    // The axis goes from 0 to 2 on 220 pixels.
    #expect(Page.points("validation", in: "loss", of: page) == ["M0 165", "L50 0", "L100 110"])
    #expect(Page.points("training", in: "loss", of: page) == [])
    let chart = Page.element("figure", "loss", of: page)
    #expect(ticks(chart) == ["0.0", "0.5", "1.0", "1.5", "2.0", "0", "1", "2"])
    #expect(chart.contains("validation: 0.5000 at epoch 0, 1.0000 at epoch 2."))
    #expect(chart.contains(">epoch 2 kept</text>"))
    #expect(chart.contains("epoch 1: validation 2.0000</text>"))
  }

  @Test func `a missing figure leaves a gap`() {
    var run = Sample.run()
    let losses: [Double?] = [1, .nan, 1, 1, nil, .infinity, 1]
    run.epochs = losses.enumerated().map { .init(epoch: $0, trainLoss: 1, validationLoss: $1) }
    let page = run.html()
    let validation = Page.points("validation", in: "loss", of: page)
    #expect(validation.map { $0.first } == ["M", "M", "L", "M"])
    #expect(
      Page.points("training", in: "loss", of: page).map { $0.first } == ["M"]
        + Array(repeating: "L", count: 6))
    // The first and the last have no neighbour, so no line shows them.
    #expect(Page.count("class=\"dot lone validation\"", in: Page.element("figure", "loss", of: page)) == 2)
  }

  @Test(arguments: [[0], [1], [7]])
  func `one epoch is a dot in the middle`(_ epochs: [Int]) {
    var run = Sample.run()
    run.epochs = epochs.map { .init(epoch: $0, trainLoss: 0.7, trainAccuracy: 0.66) }
    run.keptEpoch = epochs[0]
    let page = run.html()
    #expect(Page.points("training", in: "loss", of: page).map { $0.prefix(4) } == ["M50 "])
    let chart = Page.element("figure", "loss", of: page)
    #expect(Page.count("class=\"dot lone training\" cx=\"50%\"", in: chart) == 1)
    #expect(ticks(chart).last == "\(epochs[0])")
  }

  @Test(arguments: [
    ([0.9, 0.92], ["90.0 %", "90.5 %", "91.0 %", "91.5 %", "92.0 %"]),
    ([0.1, 0.97], ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"]),
    ([1, 1], ["90 %", "95 %", "100 %", "105 %", "110 %"]),
    ([0, 0], ["0.0 %", "0.2 %", "0.4 %", "0.6 %", "0.8 %", "1.0 %"]),
  ])
  func `axes have round ticks`(_ accuracies: [Double], _ labels: [String]) {
    var run = Sample.run()
    run.epochs = accuracies.enumerated().map { .init(epoch: $0, trainAccuracy: $1) }
    #expect(ticks(Page.element("figure", "accuracy", of: run.html())).filter { $0.contains("%") } == labels)
  }

  @Test(arguments: [
    [1e-9, 3e-9], [1e30, 2.5e30], [-1e299, 1e299], [1e15, 1e15 + 1], [.leastNonzeroMagnitude, 0],
  ])
  func `axes hold any figures`(_ losses: [Double]) {
    var run = Sample.run()
    run.epochs = losses.enumerated().map { .init(epoch: $0, trainLoss: $1) }
    let page = run.html()
    let heights = Page.points("training", in: "loss", of: page).compactMap {
      $0.split(separator: " ").last.flatMap { Double($0) }
    }
    #expect(heights.count == 2)
    #expect(heights.allSatisfy { (0...220).contains($0) })
    #expect((2...12).contains(ticks(Page.element("figure", "loss", of: page)).count - 2))
  }

  @Test func `long runs keep every point and few strips to point at`() {
    let page = Sample.run(epochs: 3_000, kept: 2_999).html()
    #expect(Page.points("validation", in: "loss", of: page).count == 3_001)
    let chart = Page.element("figure", "loss", of: page)
    #expect((200...253).contains(Page.count("class=\"reading\"", in: chart)))
    #expect(chart.contains("epoch 2,999: "))
    #expect(Page.rows("epochs", of: page).count == 3_001)
  }

  @Test func `the learning rate has a chart where it changes`() {
    var run = Sample.run()
    #expect(Page.element("figure", "rate", of: run.html()).isEmpty)
    run.epochs[2].learningRate = 0.001
    #expect(Page.points("plain", in: "rate", of: run.html()).count == 5)
    #expect(Page.points("plain", in: "speed", of: run.html()).count == 5)
  }

  private func ticks(_ chart: Substring) -> [String] {
    chart.matches(of: /<text class="tick"[^>]*>([^<]*)</).map { String($0.output.1) }
  }
}
