/// A set of output channels while a mask is put together: sorted ranges that do not touch.
struct ChannelRanges: Hashable {
  private(set) var ranges: [Range<Int>] = []

  init() {}

  init(_ range: Range<Int>) { ranges = range.isEmpty ? [] : [range] }

  /// The channels of `count` that `mask` trains.
  init(_ mask: ChannelMask, of count: Int) {
    switch mask {
    case .frozen: ranges = []
    case .trainable: ranges = [0..<count]
    case .channels(let trained): ranges = trained
    }
  }

  mutating func insert(_ new: Range<Int>) {
    guard !new.isEmpty else { return }
    let before = ranges.prefix { $0.upperBound < new.lowerBound }
    let after = ranges.dropFirst(before.count).drop { $0.lowerBound <= new.upperBound }
    let touched = ranges[before.endIndex..<after.startIndex]
    let lower = min(new.lowerBound, touched.first?.lowerBound ?? new.lowerBound)
    let upper = max(new.upperBound, touched.last?.upperBound ?? new.upperBound)
    ranges = before + [lower..<upper] + after
  }

  mutating func remove(_ old: Range<Int>) {
    ranges = ranges.flatMap { range in
      [
        range.lowerBound..<min(range.upperBound, max(range.lowerBound, old.lowerBound)),
        max(range.lowerBound, min(range.upperBound, old.upperBound))..<range.upperBound,
      ]
      .filter { !$0.isEmpty }
    }
  }

  /// The same set as a mask over `count` channels.
  func mask(of count: Int) -> ChannelMask {
    if ranges.isEmpty { return .frozen }
    return ranges == [0..<count] ? .trainable : .channels(ranges)
  }
}
