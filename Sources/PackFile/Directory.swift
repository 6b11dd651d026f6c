import ModelGraph

/// Where a payload lies: its offset in the data section, its bytes, and their checksum.
struct Extent {
  var offset: UInt64
  var byteCount: UInt64
  var checksum: UInt32
}

/// A tensor's entry in the directory.
struct TensorEntry {
  var layer: Int
  /// Code of the weight's name.
  var weight: UInt8
  var dtype: UInt8
  var storage: UInt8
  var mask: ChannelMask
  var shape: Shape
  var extent: Extent
}

/// The entry of a folded convolution's correction.
struct CorrectionEntry {
  var layer: Int
  /// Elements that are one step away.
  var steps: Int
  /// Elements whose exact value is kept.
  var marks: Int
  var extent: Extent
}

extension HeaderReader {
  mutating func tensorEntry() throws(PackViolation) -> TensorEntry {
    let layer = try size()
    let weight: UInt8 = try code(.weight) { code in
      WeightName.allCases.contains { $0.packCode == code } ? code : nil
    }
    let dtype: UInt8 = try integer()
    let storage: UInt8 = try integer()
    let mask: UInt8 = try code(.mask) { code in code <= MaskCode.ranges ? code : nil }
    return TensorEntry(
      layer: layer, weight: weight, dtype: dtype, storage: storage, mask: try channels(mask),
      shape: try shape(),
      extent: try extent())
  }

  private mutating func channels(_ code: UInt8) throws(PackViolation) -> ChannelMask {
    switch code {
    case MaskCode.frozen: return .frozen
    case MaskCode.trainable: return .trainable
    default:
      let pairs = try list(.ranges, limit: Format.maximumRanges) { (reader) throws(PackViolation) in
        (from: try reader.size(), to: try reader.size())
      }
      // A range that ends before it begins has no value of its own; as an empty one it breaks the same rule.
      return .channels(pairs.map { $0.from..<max($0.from, $0.to) })
    }
  }

  mutating func correctionEntry() throws(PackViolation) -> CorrectionEntry {
    CorrectionEntry(layer: try size(), steps: try size(), marks: try size(), extent: try extent())
  }

  private mutating func extent() throws(PackViolation) -> Extent {
    Extent(offset: try integer(), byteCount: try integer(), checksum: try integer())
  }
}

extension HeaderWriter {
  mutating func tensorEntry(_ entry: TensorEntry) throws(PackViolation) {
    size(entry.layer)
    for code in [entry.weight, entry.dtype, entry.storage] { integer(code) }
    switch entry.mask {
    case .frozen: integer(MaskCode.frozen)
    case .trainable: integer(MaskCode.trainable)
    case .channels(let ranges):
      integer(MaskCode.ranges)
      try list(.ranges, limit: Format.maximumRanges, ranges) { (writer, range) in
        writer.size(range.lowerBound)
        writer.size(range.upperBound)
      }
    }
    try shape(entry.shape)
    extent(entry.extent)
  }

  mutating func correctionEntry(_ entry: CorrectionEntry) {
    for value in [entry.layer, entry.steps, entry.marks] { size(value) }
    extent(entry.extent)
  }

  private mutating func extent(_ extent: Extent) {
    integer(extent.offset)
    integer(extent.byteCount)
    integer(extent.checksum)
  }
}
