import ModelGraph
package import Reference

/// What a kernel has to give, in double precision, and how far each element may be off.
package struct Expected {
  var value: NDArray
  var bound: NDArray

  init(_ value: NDArray, bound: NDArray) {
    self.value = value
    self.bound = bound
  }

  /// - Parameters:
  ///   - magnitude: The sum of the magnitudes of each element's terms.
  ///   - roundings: How many go into an element.
  init(_ value: NDArray, magnitude: NDArray, roundings: Int) {
    let share = Rounding.share(roundings: roundings)
    let least = Double(roundings) * Rounding.smallestNormal
    self.init(value, bound: magnitude.map { share * $0 + least })
  }

  /// What is known exactly.
  package init(exact value: NDArray) { self.init(value, bound: NDArray(zeros: value.shape)) }

  /// The same, rounded to the nearest half in the end: to 11 bits, or to a multiple of 2⁻²⁴ below the normal range.
  var roundedToHalf: Expected { with((value.magnitudes + bound).map { max($0 * 0x1p-11, 0x1p-25) }) }

  /// The same, where what it was made of was off by something itself.
  func with(_ more: NDArray) -> Expected { Expected(value, bound: bound + more) }
}

extension Expected {
  /// The same, where what is not trained may be anything.
  func only(_ mask: ChannelMask) -> Expected {
    let isTrained = mask.flags(of: value.elements.count, channels: value.shape.last ?? 1)
    var result = self
    for index in isTrained.indices where !isTrained[index] { result.bound.elements[index] = .infinity }
    return result
  }
}

extension ChannelMask {
  /// Whether each of `count` elements, whose last axis are the channels, is trained.
  func flags(of count: Int, channels: Int) -> [Bool] {
    let flags = flags(of: channels)
    return (0..<count).map { flags[$0 % channels] }
  }
}

/// The element of a result that uses most of its bound.
package struct Deviation {
  package private(set) var error = 0.0
  private(set) var bound = 0.0
  private var share = -1.0

  package init() {}

  /// Takes note of a result; where it has another number of elements, nothing of it is right.
  package mutating func add(_ actual: [Float], _ expected: Expected) {
    guard actual.count == expected.value.elements.count else { return add(error: .infinity, bound: 0) }
    for index in actual.indices {
      add(
        error: abs(Double(actual[index]) - expected.value.elements[index]),
        bound: expected.bound.elements[index])
    }
  }

  package mutating func add(error: Double, bound: Double) {
    guard bound < .infinity else { return }
    // What is no number is infinitely wrong.
    let error = error.isNaN ? .infinity : error
    let share = error == 0 ? 0 : error / bound
    guard share > self.share || share == self.share && bound > self.bound else { return }
    self.error = error
    self.bound = bound
    self.share = share
  }
}

extension NDArray {
  var magnitudes: NDArray { map(abs) }

  init(shape: [Int], floats: [Float]) { self.init(shape: shape, elements: floats.map(Double.init)) }

  /// Each element by the number of its channel, the last axis.
  func scaled(by factors: [Double]) -> NDArray { byChannel(factors) { $0 * $1 } }
  func shifted(by terms: [Double]) -> NDArray { byChannel(terms) { $0 + $1 } }

  func byChannel(_ values: [Double], _ body: (Double, Double) -> Double) -> NDArray {
    var result = self
    for index in result.elements.indices {
      result.elements[index] = body(result.elements[index], values[index % values.count])
    }
    return result
  }
}
