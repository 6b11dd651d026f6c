internal import HDF5
internal import ModelGraph
internal import SystemFiles

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

  mutating func tensor(of dataset: borrowing Dataset, in file: FileImage) throws -> Content {
    guard let dtype = DType(dataset.datatype) else { return .other(dataset.datatype.description) }
    bytes -= dataset.byteCount
    guard bytes >= 0 else { throw tooMuch(dataset.location, "\(dataset.byteCount) bytes") }
    let lent = dataset.fileRange.flatMap { file.lend($0, alignment: dtype.byteCount) }
    let bytes = try lent ?? TensorBytes(count: dataset.byteCount) { try dataset.read(into: $0) }
    return .number(Tensor(shape: dataset.shape, dtype: dtype, bytes: bytes))
  }

  private func tooMuch(_ location: Location, _ what: String) -> KerasFileError.Problem {
    .unreadable(object: location.path, why: "brings \(what), more than a MobileNet's file may have in all")
  }
}

/// All bytes of an HDF5 file, of which tensors may be views: most are never copied, nor read where nobody asks.
struct FileImage {
  private let bytes: UnsafeRawBufferPointer
  private let owner: AnyObject

  init(_ file: MappedFile) {
    bytes = file.withUnsafeBytes { $0 }
    owner = file
  }

  init(_ memory: TensorBytes) {
    bytes = memory.withUnsafeBytes { $0 }
    owner = memory
  }

  /// A part of the file, which it keeps alive; nil where the file does not have it, or not aligned.
  func lend(_ range: Range<Int>, alignment: Int) -> TensorBytes? {
    guard !range.isEmpty, range.upperBound <= bytes.count, range.lowerBound % alignment == 0 else {
      return nil
    }
    return TensorBytes(UnsafeRawBufferPointer(rebasing: bytes[range]), keptAliveBy: owner)
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
