import ModelGraph

/// A fold's correction as bytes: the exact values, then two sets of positions in a Golomb–Rice code.
///
/// Nine of ten elements need no correction, so the gaps between those that do follow a geometric distribution,
/// for which this code is within two percent of the shortest. Unlike a general compressor's it has one form for
/// one correction, so that one pack has one encoding, and it grows to no more than it says.
enum CorrectionCode {
  static func encode(_ correction: FoldCorrection) -> (bytes: [UInt8], steps: Int, marks: Int) {
    var steps: [Int] = []
    var marks: [Int] = []
    for (position, entry) in correction.ulps.enumerated() where entry != 0 {
      if entry == FoldCorrection.exactMark { marks.append(position) } else { steps.append(position) }
    }
    var writer = HeaderWriter()
    for bits in correction.exact { writer.integer(bits) }
    var code = BitWriter(writer.bytes)
    let count = correction.ulps.count
    append(steps, of: count, to: &code) { code, position in
      code.append(correction.ulps[position] < 0 ? 1 : 0, count: 1)
    }
    append(marks, of: count, to: &code) { _, _ in }
    return (code.finish(), steps.count, marks.count)
  }

  private static func append(
    _ positions: [Int], of count: Int, to code: inout BitWriter, _ sign: (inout BitWriter, Int) -> Void
  ) {
    let low = lowBits(positions.count, of: count)
    var next = 0
    for position in positions {
      let gap = position - next
      code.appendUnary(gap >> low)
      code.append(UInt64(gap) & (1 << low - 1), count: low)
      sign(&code, position)
      next = position + 1
    }
  }

  /// Bits of a gap that are written as they are: the binary logarithm of the mean distance, rounded down.
  private static func lowBits(_ positions: Int, of count: Int) -> Int {
    guard positions > 0, count >= positions else { return 0 }
    return Int.bitWidth - 1 - (count / positions).leadingZeroBitCount
  }

  /// - Parameters:
  ///   - bytes: The correction's payload.
  ///   - count: Elements of the kernel.
  ///   - steps: Entries that are −1 or 1.
  ///   - marks: Entries that are marked; with the steps no more than `count`.
  static func decode(
    _ bytes: UnsafeRawBufferPointer, count: Int, steps: Int, marks: Int, layer: String
  ) throws(PackViolation) -> FoldCorrection {
    guard let exactBytes = Checked.product(marks, 4), exactBytes <= bytes.count else {
      throw .correctionEndsEarly(layer: layer)
    }
    let exact = (0..<marks).map {
      UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self))
    }
    var code = BitReader(UnsafeRawBufferPointer(rebasing: bytes[exactBytes...]))
    var ulps = [Int8](repeating: 0, count: count)
    var positions = Positions(steps, of: count, lowBits: lowBits(steps, of: count))
    for _ in 0..<steps {
      let position = try positions.next(from: &code, layer)
      guard let sign = code.read(1) else { throw .correctionEndsEarly(layer: layer) }
      ulps[position] = sign == 1 ? -1 : 1
    }
    positions = Positions(marks, of: count, lowBits: lowBits(marks, of: count))
    for _ in 0..<marks {
      let position = try positions.next(from: &code, layer)
      guard ulps[position] == 0 else { throw .correctionOverlaps(layer: layer, element: position) }
      ulps[position] = FoldCorrection.exactMark
    }
    guard code.isFinished else { throw .correctionContinues(layer: layer) }
    return FoldCorrection(sound: ulps, exact: exact)
  }

  /// The next of a sorted set of positions.
  private struct Positions {
    let count: Int
    let lowBits: Int
    var start = 0

    init(_ positions: Int, of count: Int, lowBits: Int) {
      self.count = count
      self.lowBits = lowBits
    }

    @inline(__always)
    mutating func next(from code: inout BitReader, _ layer: String) throws(PackViolation) -> Int {
      guard let high = code.readUnary(), let low = code.read(lowBits) else {
        throw .correctionEndsEarly(layer: layer)
      }
      // A larger `high` would overflow on its way back.
      guard high <= count >> lowBits, case let position = start + (high << lowBits | Int(low)),
        position < count
      else { throw .correctionBeyondKernel(layer: layer) }
      start = position + 1
      return position
    }
  }
}
