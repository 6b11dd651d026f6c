import Glibc

/// What was drawn for one view of one image.
struct Variation {
  private let augmentation: Augmentation
  private let seed: UInt64
  private let view: Int
  private let index: Int

  init(_ augmentation: Augmentation, seed: UInt64, view: Int, index: Int) {
    self.augmentation = augmentation
    self.seed = seed
    self.view = view
    self.index = index
  }

  /// The part of `whole` that is used.
  func crop(of whole: PixelRectangle) -> PixelRectangle {
    guard var random = random(.crop) else { return whole }
    let area = random.number(from: 0.5, to: 1)
    // The logarithm is uniform, so that wide is as likely as high.
    let proportion = exp(random.number(from: log(0.75), to: -log(0.75)))
    let height = Self.side(whole.height, times: (area / proportion).squareRoot())
    let width = Self.side(whole.width, times: (area * proportion).squareRoot())
    return PixelRectangle(
      top: whole.top + random.index(upTo: whole.height - height),
      left: whole.left + random.index(upTo: whole.width - width), height: height, width: width)
  }

  /// Varies the image after it was resized.
  func apply(to image: inout FloatImage) {
    if var random = random(.flip), random.number(from: 0, to: 1) < 0.5 { image.flip() }
    if var random = random(.rotate) { image.rotate(degrees: random.number(from: -15, to: 15)) }
    if var random = random(.color) {
      image.scaleBrightness(by: Float(random.number(from: 0.8, to: 1.2)))
      image.scaleContrast(by: Float(random.number(from: 0.8, to: 1.2)))
      image.scaleSaturation(by: Float(random.number(from: 0.8, to: 1.2)))
    }
  }

  /// nil where this kind is not asked for.
  private func random(_ kind: Augmentation) -> ImageRandom? {
    augmentation.contains(kind) ? ImageRandom(seed: seed, view: view, index: index, kind: kind) : nil
  }

  private static func side(_ side: Int, times factor: Double) -> Int {
    min(max(Int((Double(side) * factor).rounded()), 1), side)
  }
}
