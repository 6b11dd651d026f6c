import Report

/// A run as a page shows it, with figures that nobody measured.
enum Sample {
  static func run(
    classes count: Int = 3, epochs: Int = 4, kept: Int? = 3,
    confusion: [[Int]]? = [[8, 1, 1], [0, 10, 0], [2, 0, 6]]
  ) -> RunReport {
    RunReport(
      title: "tuned.mlpack", device: "pthread-haswell (Portable Computing Language)",
      provenance: [.init("base", "mobilenet_0.25_128.mlpack")], options: [.init("epochs", "4")],
      trained: .init(
        tensors: [
          .init(
            name: "dense/kernel", shape: [256, 3], parameters: 768, trainedChannels: 3, channels: 3,
            distance: 0.8412, relativeDistance: 0.0513)
        ], totalParameters: 219_829),
      epochs: (0...epochs).map { epoch in
        let progress = Double(epoch) / Double(max(epochs, 1))
        return .init(
          epoch: epoch, trainLoss: epoch == 0 ? nil : 1 - 0.8 * progress,
          trainAccuracy: epoch == 0 ? nil : 0.5 + 0.45 * progress, validationLoss: 1.2 - 0.9 * progress,
          validationAccuracy: 0.3 + 0.6 * progress, imagesPerSecond: 9_455, seconds: 0.057,
          learningRate: 0.003)
      },
      keptEpoch: kept, ending: "All epochs were run.",
      classes: (0..<count).map { .init(label: "class \($0)", trainingImages: 10 + $0) },
      confusion: confusion.map { .init(rows: $0) },
      mistakes: [
        .init(
          jpeg: [0xFF, 0xD8, 0xFF], file: "class 2/9.jpg", truth: "class 2", prediction: "class 0",
          probability: 0.971)
      ],
      memory: .init(planned: 61_000_000, limit: 64_000_000, peak: 58_300_000),
      time: [.init("reading images", seconds: 0.7), .init("training", seconds: 2.1)])
  }
}
