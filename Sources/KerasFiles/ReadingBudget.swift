internal import HDF5
internal import ModelGraph

/// What a file may still make us read: more than any network that mlpack knows has, and no more.
struct ReadingBudget {
  private var layers = 4096
  private var weights = 16384
  /// Bytes of all weights together: MobileNet 1.0 has 17 million.
  private var bytes = 1 << 30

  mutating func take(layers count: Int, at location: Location) throws(KerasFileError.Problem) {
    layers -= count
    guard layers >= 0 else { throw tooMuch(location, "\(count) layers") }
  }

  mutating func take(weights count: Int, at location: Location) throws(KerasFileError.Problem) {
    weights -= count
    guard weights >= 0 else { throw tooMuch(location, "\(count) weights") }
  }

  /// What a dataset holds.
  enum Content {
    case number(Tensor)
    /// Something else than floating-point numbers, of this type.
    case other(String)
  }

  mutating func tensor(of dataset: borrowing Dataset) throws -> Content {
    guard let dtype = DType(dataset.elementType) else { return .other(dataset.elementType.description) }
    bytes -= dataset.byteCount
    guard bytes >= 0 else { throw tooMuch(dataset.location, "\(dataset.byteCount) bytes") }
    let bytes = try TensorBytes(count: dataset.byteCount) { try dataset.read(into: $0) }
    return .number(Tensor(shape: dataset.shape, dtype: dtype, bytes: bytes))
  }

  private func tooMuch(_ location: Location, _ what: String) -> KerasFileError.Problem {
    .unreadable(object: location.path, why: "brings \(what), more than a MobileNet's file may have in all")
  }
}

extension DType {
  /// nil for what is no floating-point number.
  init?(_ type: ElementType) {
    switch type {
    case .float16: self = .float16
    case .bfloat16: self = .bfloat16
    case .float32: self = .float32
    case .float64: self = .float64
    case .other: return nil
    }
  }

  /// The type of a dataset that holds such a tensor.
  var elementType: ElementType {
    switch self {
    case .float16: .float16
    case .bfloat16: .bfloat16
    case .float32: .float32
    case .float64: .float64
    }
  }
}
