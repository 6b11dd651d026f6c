/// The type of a tensor's elements, under Keras's names.
///
/// Elements are stored little-endian. `bfloat16` is the upper half of a `float32`.
public enum DType: String, Sendable, Hashable, CaseIterable {
  case float32
  case float16
  case bfloat16
  case float64

  /// Bytes of one element.
  public var byteCount: Int {
    switch self {
    case .float16, .bfloat16: 2
    case .float32: 4
    case .float64: 8
    }
  }
}
