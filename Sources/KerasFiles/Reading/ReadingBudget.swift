internal import HDF5
internal import ModelGraph
internal import SystemFiles

/// What a file may still make us read: more than any network that mlpack knows has, and no more.
struct ReadingBudget {
  private var layers = 4096
  private var weights = 16384
  /// Bytes of all weights together: MobileNet 1.0 has 17 million.
  private var bytes = 1 << 30

  /// - Parameter path: What has them, for the error.
  mutating func take(layers count: Int, at path: String) throws(KerasFileError.Problem) {
    guard count <= layers else { throw tooMuch(path, "\(count) layers") }
    layers -= count
  }

  mutating func take(weights count: Int, at path: String) throws(KerasFileError.Problem) {
    guard count <= weights else { throw tooMuch(path, "\(count) weights") }
    weights -= count
  }

  mutating func take(bytes count: Int, at path: String) throws(KerasFileError.Problem) {
    guard count <= bytes else { throw tooMuch(path, "\(count) bytes") }
    bytes -= count
  }

  /// What a dataset holds.
  enum Content {
    case number(Tensor)
    /// Something else than floating-point numbers, of this type.
    case other(String)
  }

  mutating func tensor(of dataset: borrowing Dataset, in file: FileImage) throws -> Content {
    guard let dtype = DType(dataset.datatype) else { return .other(dataset.datatype.description) }
    try take(bytes: dataset.byteCount, at: dataset.location.path)
    let lent = dataset.fileRange.flatMap { file.lend($0, alignment: dtype.byteCount) }
    let bytes = try lent ?? TensorBytes(count: dataset.byteCount) { try dataset.read(into: $0) }
    return .number(Tensor(shape: dataset.shape, dtype: dtype, bytes: bytes))
  }

  private func tooMuch(_ path: String, _ what: String) -> KerasFileError.Problem {
    .unreadable(object: path, why: "brings \(what), more than a MobileNet's file may have in all")
  }
}

extension DType {
  /// nil for what is no floating-point number.
  init?(_ type: Datatype) {
    switch type {
    case .float16: self = .float16
    case .bfloat16: self = .bfloat16
    case .float32: self = .float32
    case .float64: self = .float64
    case .other: return nil
    }
  }

  /// The type of a dataset that holds such a tensor.
  var datatype: Datatype {
    switch self {
    case .float16: .float16
    case .bfloat16: .bfloat16
    case .float32: .float32
    case .float64: .float64
    }
  }
}
