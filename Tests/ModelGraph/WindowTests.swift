import ModelGraph
import Testing

/// One axis of a window: `n` pixels, a window of `k` at every `stride`, worked by hand from TensorFlow's rule.
struct AxisCase: Sendable, CustomTestStringConvertible {
  let n: Int
  let k: Int
  let stride: Int
  let padding: Padding
  let count: Int
  let before: Int
  let after: Int

  var testDescription: String { "\(padding.rawValue) \(n), window \(k), stride \(stride)" }

  static let all = [
    // An even size at stride 2: the missing pixel goes behind.
    AxisCase(n: 224, k: 3, stride: 2, padding: .same, count: 112, before: 0, after: 1),
    AxisCase(n: 6, k: 3, stride: 2, padding: .same, count: 3, before: 0, after: 1),
    // An odd size at stride 2: one on each side.
    AxisCase(n: 5, k: 3, stride: 2, padding: .same, count: 3, before: 1, after: 1),
    AxisCase(n: 25, k: 3, stride: 2, padding: .same, count: 13, before: 1, after: 1),
    AxisCase(n: 7, k: 3, stride: 1, padding: .same, count: 7, before: 1, after: 1),
    AxisCase(n: 1, k: 3, stride: 1, padding: .same, count: 1, before: 1, after: 1),
    AxisCase(n: 1, k: 3, stride: 2, padding: .same, count: 1, before: 1, after: 1),
    AxisCase(n: 2, k: 3, stride: 2, padding: .same, count: 1, before: 0, after: 1),
    // Even windows are lopsided at stride 1.
    AxisCase(n: 7, k: 2, stride: 1, padding: .same, count: 7, before: 0, after: 1),
    AxisCase(n: 7, k: 2, stride: 2, padding: .same, count: 4, before: 0, after: 1),
    AxisCase(n: 8, k: 2, stride: 2, padding: .same, count: 4, before: 0, after: 0),
    // A stride beyond the window leaves pixels out and misses none.
    AxisCase(n: 5, k: 1, stride: 2, padding: .same, count: 3, before: 0, after: 0),
    AxisCase(n: 10, k: 2, stride: 5, padding: .same, count: 2, before: 0, after: 0),
    AxisCase(n: 2, k: 5, stride: 1, padding: .same, count: 2, before: 2, after: 2),
    AxisCase(n: 25, k: 3, stride: 2, padding: .valid, count: 12, before: 0, after: 0),
    AxisCase(n: 26, k: 3, stride: 2, padding: .valid, count: 12, before: 0, after: 0),
    AxisCase(n: 3, k: 3, stride: 2, padding: .valid, count: 1, before: 0, after: 0),
    AxisCase(n: 7, k: 7, stride: 7, padding: .valid, count: 1, before: 0, after: 0),
  ]
}

@Test("A window covers an axis as TensorFlow's does", arguments: AxisCase.all)
func windowFollowsTensorFlow(_ axis: AxisCase) throws {
  // The other axis always has 9 pixels under a window of 1, so that a mix-up of the two shows.
  let tall = Window(
    size: Size2D(height: axis.k, width: 1), strides: Size2D(height: axis.stride, width: 1),
    padding: axis.padding)
  let output = try #require(tall.output(over: Size2D(height: axis.n, width: 9)))
  #expect(output.size == Size2D(height: axis.count, width: 9))
  #expect(output.margins == Margins(top: axis.before, bottom: axis.after, left: 0, right: 0))
  let wide = Window(
    size: Size2D(height: 1, width: axis.k), strides: Size2D(height: 1, width: axis.stride),
    padding: axis.padding)
  let turned = try #require(wide.output(over: Size2D(height: 9, width: axis.n)))
  #expect(turned.size == Size2D(height: 9, width: axis.count))
  #expect(turned.margins == Margins(top: 0, bottom: 0, left: axis.before, right: axis.after))
}

@Test func windowThatDoesNotFitHasNoOutput() {
  let window = Window(size: Size2D(height: 3, width: 1), strides: Size2D(square: 1), padding: .valid)
  #expect(window.output(over: Size2D(height: 2, width: 5)) == nil)
  #expect(window.output(over: Size2D(height: 0, width: 5)) == nil)
  let still = Window(size: Size2D(square: 1), strides: Size2D(height: 0, width: 1), padding: .same)
  #expect(still.output(over: Size2D(square: 5)) == nil)
}
