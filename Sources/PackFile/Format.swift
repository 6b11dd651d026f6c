import ModelGraph

/// The constants of the pack format, version 1; FORMAT.md says what they mean.
enum Format {
  static let magic: [UInt8] = [0x89, 0x4D, 0x4C, 0x50, 0x0D, 0x0A, 0x1A, 0x0A]
  static let version: UInt32 = 1
  /// Features beyond version 1 that this reader knows: none.
  static let knownFeatures: UInt32 = 0
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
}

/// A list of the header whose length the file says.
public enum PackList: String, Sendable, Hashable {
  case labels, layers, inputs, dimensions, ranges
}

/// A field of the header that holds one of a few codes.
public enum PackField: String, Sendable, Hashable {
  case operation, padding, activation, weight, mask
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

/// How a tensor's elements are stored. Codes 2 to 5 are float16, bfloat16, float64 and int8 of later versions.
enum DTypeCode {
  static let float32: UInt8 = 1
}

/// How a payload is stored. Code 1 is the compressed storage of later versions.
enum StorageCode {
  static let raw: UInt8 = 0
}

enum MaskCode {
  static let frozen: UInt8 = 0
  static let trainable: UInt8 = 1
  static let ranges: UInt8 = 2
}
