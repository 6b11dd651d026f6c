import ImageFiles
import Testing

/// A generator whose draws are known: a linear congruence of Knuth's.
private struct Congruence: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state
  }
}

@Suite struct SplitTests {
  private func files(_ count: Int) -> [LabelledImage] {
    (0..<count).map { LabelledImage(image: ImageReference(FilePath("\($0)")), label: $0 % 5) }
  }

  private func split(_ count: Int, _ fraction: Double, seed: UInt64 = 0, batch: Int? = nil) throws -> Split {
    var generator = Congruence(state: seed)
    return try Split.shuffled(
      files(count), validationFraction: fraction, using: &generator, dropRemainderOf: batch)
  }

  @Test func `the flower photos split as the experiment did`() throws {
    let whole = try split(3_670, 0.2, batch: 163)
    #expect(whole.training.count == 2_934)
    #expect(whole.validation.count == 736)
    let keras = try split(3_670, 0.2)
    #expect(keras.training.count == 2_936)
    #expect(keras.validation.count == 734)
  }

  @Test func `parts are disjoint, complete, mixed and in the order of the whole`() throws {
    let all = files(100)
    let parts = try split(100, 0.3)
    #expect(Set(parts.training + parts.validation) == Set(all))
    #expect(parts.training.count + parts.validation.count == 100)
    #expect(parts.training == all.filter(Set(parts.training).contains))
    #expect(parts.validation == all.filter(Set(parts.validation).contains))
    #expect(parts.validation != Array(all.suffix(30)))
  }

  @Test func `the same seed gives the same split, another seed another`() throws {
    #expect(try split(50, 0.2, seed: 1).validation == split(50, 0.2, seed: 1).validation)
    #expect(try split(50, 0.2, seed: 1).validation != split(50, 0.2, seed: 2).validation)
  }

  @Test func `splits that leave a part empty are refused`() {
    for fraction in [0, 1, -0.5, 1.5, .nan] { #expect(throws: DatasetError.self) { try split(10, fraction) } }
    #expect(throws: DatasetError.self) { try split(4, 0.2) }
    #expect(throws: DatasetError.self) { try split(100, 0.2, batch: 81) }
    #expect(throws: DatasetError.self) { try split(0, 0.2) }
  }

  @Test func `orders are permutations, each as likely as another`() {
    var generator = Congruence(state: 7)
    var seen: [[Int]: Int] = [:]
    for _ in 0..<6_000 { seen[Shuffle.order(count: 3, using: &generator), default: 0] += 1 }
    #expect(seen.count == 6)
    // Six standard deviations of a binomial count around 1,000.
    #expect(seen.values.allSatisfy { abs($0 - 1_000) < 175 })
    #expect(Shuffle.order(count: 0, using: &generator) == [])
    #expect(Shuffle.order(count: 1, using: &generator) == [0])
  }

  @Test func `a class of more than three times another is uneven`() {
    func balance(_ counts: Int...) -> ClassBalance {
      let labels = counts.enumerated().flatMap { [Int](repeating: $0.offset, count: $0.element) }
      let images = labels.map { LabelledImage(image: ImageReference("a"), label: $0) }
      return ClassBalance(of: images, classes: counts.count)
    }
    #expect(balance(4, 12, 5).imagesPerClass == [4, 12, 5])
    #expect(!balance(4, 12, 5).isUneven)
    #expect(balance(4, 13, 5).isUneven)
    #expect(balance(0, 1).isUneven)
    #expect(!balance().isUneven)
  }
}
