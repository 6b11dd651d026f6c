/// A training run, to be written as one page that needs nothing else: no network, no script, no other file.
///
/// Every text may come from a file and hold anything; none of it becomes markup.
public struct RunReport: Sendable {
  /// What came out of the run, in few words: the name of the pack.
  public var title: String
  public var device: String
  /// Where the network, the data and the program come from.
  public var provenance: [Row]
  /// The options of the run, defaults included.
  public var options: [Row]
  public var trained: Trained
  /// In order. Epoch 0 is the evaluation before training.
  public var epochs: [Epoch]
  /// The epoch whose weights were written; nil says the last.
  public var keptEpoch: Int?
  /// Why the run ended, as a sentence.
  public var ending: String
  /// In the order of the network's outputs.
  public var classes: [ClassRow]
  /// Of the kept weights, on the validation images; nil where nothing was validated.
  public var confusion: Confusion?
  /// Validation images that were taken for another class, the worst first.
  public var mistakes: [Mistake]
  public var memory: Memory
  /// What the time went to, in order.
  public var time: [Phase]

  public init(
    title: String, device: String, provenance: [Row], options: [Row], trained: Trained, epochs: [Epoch],
    keptEpoch: Int?, ending: String, classes: [ClassRow], confusion: Confusion?, mistakes: [Mistake],
    memory: Memory, time: [Phase]
  ) {
    self.title = title
    self.device = device
    self.provenance = provenance
    self.options = options
    self.trained = trained
    self.epochs = epochs
    self.keptEpoch = keptEpoch
    self.ending = ending
    self.classes = classes
    self.confusion = confusion
    self.mistakes = mistakes
    self.memory = memory
    self.time = time
  }

  /// The page, an HTML document in UTF-8.
  ///
  /// Its own security policy forbids scripts and requests, whatever a file's name may try.
  public func html() -> String {
    let page: HTML = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" \
      content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(title): training report</title>
      <link rel="icon" href="data:,">
      <style>\(Stylesheet.whole)</style>
      </head>
      <body>
      <main>
      \(masthead)\(curves)\(confusionSection)\(classSection)\(mistakeSection)\
      \(trainedSection)\(costSection)\(factSections)
      </main>
      </body>
      </html>

      """
    return page.text
  }
}
