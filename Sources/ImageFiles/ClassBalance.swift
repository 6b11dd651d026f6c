/// How evenly the images of a set are spread over its classes.
public struct ClassBalance: Sendable, Hashable {
  /// In the order of the labels.
  public let imagesPerClass: [Int]

  /// - Precondition: `classes` is above every label.
  public init(of images: [LabelledImage], classes: Int) {
    imagesPerClass = images.reduce(into: [Int](repeating: 0, count: classes)) { $0[$1.label] += 1 }
  }

  /// Images of the class with the fewest; 0 where there are no classes.
  public var smallest: Int { imagesPerClass.min() ?? 0 }
  /// Images of the class with the most; 0 where there are no classes.
  public var largest: Int { imagesPerClass.max() ?? 0 }
  /// Whether the largest class has more than three times the images of the smallest.
  public var isUneven: Bool { largest > 3 * smallest }
}
