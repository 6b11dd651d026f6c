import ModelGraph

/// The constants of the pack format, version 1; FORMAT.md says what they mean.
enum Format {
  static let magic: [UInt8] = [0x89, 0x4D, 0x4C, 0x50, 0x0D, 0x0A, 0x1A, 0x0A]
  static let version: UInt32 = 1
  static let preambleLength = 32
  /// Bytes of the preamble that its checksum covers.
  static let checkedPreamble = 28
  static let alignment = 64

  static let maximumHeader = 4 << 20
  static let maximumText = 1023
  static let maximumLabels = 1 << 16
  static let maximumLayers = 4096
  static let maximumInputs = 16
  static let maximumRank = 4
  static let maximumRanges = 1 << 16
  /// Bytes of all tensors that are stored compressed, as they would be raw.
  static let maximumInflated = 1 << 30
  /// Of a delta.
  static let maximumPayloads = 1 << 16
}

/// What a file needs of its reader beyond plain `float32`, a bit each.
struct Features: OptionSet {
  let rawValue: UInt32

  /// Element types other than `float32`, and the list that says what the Keras variables are.
  static let types = Features(rawValue: 1)
  static let compressedStorage = Features(rawValue: 2)
  static let known: Features = [.types, .compressedStorage]
}

/// A list of the header whose length the file says.
public enum PackList: String, Sendable, Hashable {
  case labels, layers, inputs, dimensions, ranges, types, payloads
}

/// A field of the header that holds one of a few codes.
public enum PackField: String, Sendable, Hashable {
  case operation, padding, activation, weight, mask, type, form
}

extension WeightName {
  var packCode: UInt8 {
    switch self {
    case .kernel: 1
    case .depthwiseKernel: 2
    case .bias: 3
    case .gamma: 4
    case .beta: 5
    case .movingMean: 6
    case .movingVariance: 7
    }
  }
}

extension Padding {
  var packCode: UInt8 {
    switch self {
    case .valid: 0
    case .same: 1
    }
  }
}

extension Activation {
  var packCode: UInt8 {
    switch self {
    case .linear: 0
    case .relu: 1
    case .softmax: 2
    }
  }
}

extension ElementType {
  var packCode: UInt8 {
    switch self {
    case .float32: 1
    case .float16: 2
    case .bfloat16: 3
    case .float64: 4
    case .int8: 5
    }
  }

  init?(packCode: UInt8) {
    guard let type = ElementType.allCases.first(where: { $0.packCode == packCode }) else { return nil }
    self = type
  }
}

/// How a payload is stored.
enum StorageCode {
  static let raw: UInt8 = 0
  static let compressed: UInt8 = 1
}

enum MaskCode {
  static let frozen: UInt8 = 0
  static let trainable: UInt8 = 1
  static let ranges: UInt8 = 2
}
