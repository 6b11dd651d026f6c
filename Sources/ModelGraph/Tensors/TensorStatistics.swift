/// How the numbers of a tensor are spread.
///
/// What is not finite is counted, and left out of all else. Sums are in double precision.
public struct TensorStatistics: Sendable, Hashable {
  /// What the finite elements of a tensor have in common.
  public struct Distribution: Sendable, Hashable {
    public let min: Double
    public let max: Double
    public let mean: Double
    /// Of the population: the root of the mean square distance from the mean.
    public let deviation: Double
    /// Elements in each of `binCount` intervals of one width between `min` and `max`; a number between two counts
    /// for the upper one, `max` for the last, and where all are one number, that for the middle one.
    public let histogram: [Int]
  }

  public static let binCount = 8

  /// nil where no element is finite.
  public let distribution: Distribution?
  /// Elements that are 0 or −0.
  public let zeros: Int
  /// Elements that are infinite or not a number.
  public let nonFinite: Int

  public init(of tensor: Tensor) {
    if tensor.dtype == .float64 {
      self = tensor.doubles.withUnsafeBufferPointer { TensorStatistics(of: $0) }
    } else {
      self = tensor.float32.withFloats { TensorStatistics(of: $0) }
    }
  }

  private init<Number: BinaryFloatingPoint>(of numbers: UnsafeBufferPointer<Number>) {
    var count = 0
    var zeros = 0
    var sum = 0.0
    var lowest = Number.infinity
    var highest = -Number.infinity
    for number in numbers where number.isFinite {
      count += 1
      zeros += number == 0 ? 1 : 0
      sum += Double(number)
      lowest = number < lowest ? number : lowest
      highest = number > highest ? number : highest
    }
    self.zeros = zeros
    nonFinite = numbers.count - count
    guard count > 0 else {
      distribution = nil
      return
    }
    distribution = Distribution(
      of: numbers, count, Double(lowest)...Double(highest), mean: sum / Double(count))
  }
}

extension TensorStatistics.Distribution {
  /// - Parameters:
  ///   - count: Of the finite ones among `numbers`, at least 1.
  ///   - range: From the lowest to the highest of these.
  fileprivate init<Number: BinaryFloatingPoint>(
    of numbers: UnsafeBufferPointer<Number>, _ count: Int, _ range: ClosedRange<Double>, mean: Double
  ) {
    let bins = Bins(over: range)
    var histogram = [Int](repeating: 0, count: TensorStatistics.binCount)
    var squares = 0.0
    for number in numbers where number.isFinite {
      let distance = Double(number) - mean
      squares += distance * distance
      histogram[bins.index(of: Double(number))] += 1
    }
    min = range.lowerBound
    max = range.upperBound
    self.mean = mean
    deviation = (squares / Double(count)).squareRoot()
    self.histogram = histogram
  }
}

/// Intervals of one width.
private struct Bins {
  private let lower: Double
  private let width: Double
  private let scale: Double

  init(over range: ClosedRange<Double>) {
    // The difference of two numbers can overflow, that of their halves cannot.
    scale = (range.upperBound - range.lowerBound).isFinite ? 1 : 0.5
    lower = range.lowerBound * scale
    width = range.upperBound * scale - lower
  }

  /// The bin of a number in the range.
  func index(of number: Double) -> Int {
    guard width > 0 else { return TensorStatistics.binCount / 2 }
    let position = (number * scale - lower) / width * Double(TensorStatistics.binCount)
    return Swift.min(Int(position), TensorStatistics.binCount - 1)
  }
}
