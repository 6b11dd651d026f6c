import Report
import Testing

@Suite struct PageTests {
  @Test func `the page asks nothing of anyone`() {
    let page = Sample.run().html()
    #expect(page.hasPrefix("<!DOCTYPE html>\n<html lang=\"en\">"))
    for word in ["http:", "https:", "url(", "@import", "<script", "<link rel=\"stylesheet\"", "<iframe"] {
      #expect(!page.contains(word), "\(word)")
    }
    let sources = page.matches(of: /(?:src|href)="([^"]*)"/).map { $0.output.1 }
    #expect(sources.count == 2)
    #expect(sources.allSatisfy { $0.hasPrefix("data:") })
    #expect(page.contains("default-src 'none'"))
  }

  @Test func `no text makes a tag or leaves its attribute`() {
    let hostile = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>&lt;"
    let plain = Page.tags(everyText("harmless").html())
    #expect(plain.count > 200)
    #expect(Page.tags(everyText(hostile).html()) == plain)
  }

  @Test func `markup's characters come out as references, control characters as replaced`() {
    var run = Sample.run()
    run.title = "<&>\"'\u{0}\u{1B}\u{85}é"
    let page = run.html()
    #expect(page.contains("<h1><bdi>&lt;&amp;&gt;&quot;&#39;\u{FFFD}\u{FFFD}\u{FFFD}é</bdi></h1>"))
    #expect(!page.unicodeScalars.contains { $0.properties.generalCategory == .control && $0 != "\n" })
  }

  @Test func `figures of the head are the kept epoch's`() {
    var run = Sample.run(epochs: 4, kept: 2)
    run.epochs[2].validationAccuracy = 0.91249
    run.epochs[2].validationLoss = 0.22446
    run.epochs[0].validationLoss = 1_234.5
    let head = Page.part("header", of: run.html())
    for text in [
      "91.2\u{202F}%", "0.2245", "1,234.5000 at epoch 0", "of 219,829", "epoch 2 of 4", "2.8\u{202F}s",
    ] {
      #expect(head.contains(text), "\(text)")
    }
  }

  @Test func `numbers of every size are written`() {
    var run = Sample.run()
    let distances = [0, 0.00012344, 1.5, 1_234.56, 3.2e-7, -4e20, .infinity, .nan, .leastNonzeroMagnitude]
    let written = ["0", "0.0001234", "1.5", "1,235", "3.2 × 10⁻⁷", "−4 × 10²⁰", "–", "–", "4.94 × 10⁻³²⁴"]
    run.trained.tensors = distances.map {
      .init(
        name: "dense/bias", shape: [3], parameters: 3, trainedChannels: 2, channels: 3, distance: $0,
        relativeDistance: nil)
    }
    #expect(Page.rows("tensors", of: run.html()).map { $0[1] } == written)
    run.time = [0.0264, 0.43, 12, 200, 3_900, .nan].map { .init("training", seconds: $0) }
    let times = Page.rows("time", of: run.html()).map { $0[2].replacing("\u{202F}", with: " ") }
    #expect(times == ["26 ms", "0.4 s", "12 s", "3 min 20 s", "1 h 5 min", "–", "–"])
    run.memory = .init(planned: 999, limit: 64_000_000, peak: 262_400)
    let sizes = Page.rows("memory", of: run.html()).map { $0[2].replacing("\u{202F}", with: " ") }
    #expect(sizes == ["999 B", "64.0 MB", "262 kB"])
  }

  @Test func `a thumbnail is in the page as it is`() {
    var run = Sample.run()
    #expect(run.html().contains("<img src=\"data:image/jpeg;base64,/9j/\" alt=\"class 2/9.jpg\">"))
    run.mistakes[0].jpeg = []
    #expect(!run.html().contains("<img"))
  }

  /// A run in which every text is `text`.
  private func everyText(_ text: String) -> RunReport {
    var run = Sample.run()
    (run.title, run.device, run.ending) = (text, text, text)
    run.provenance = [.init(text, text)]
    run.options = [.init(text, text)]
    run.trained.tensors[0].name = text
    run.time = [.init(text, seconds: 1)]
    for index in run.classes.indices { run.classes[index].label = text }
    (run.mistakes[0].file, run.mistakes[0].truth, run.mistakes[0].prediction) = (text, text, text)
    return run
  }
}
