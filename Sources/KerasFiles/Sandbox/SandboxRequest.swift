internal import ModelGraph
internal import SystemFiles

/// What the sandbox is to do with an HDF5 file.
enum SandboxRequest {
  /// Tell what network is in it.
  case network
  /// Give a copy of it with other bits for some of its datasets.
  case copy([Replaced])

  /// A dataset that gets other bits, in the type and the shape that it has.
  struct Replaced {
    let path: String
    let tensor: Tensor
  }

  /// The request as memory that the sandbox maps.
  func shared() throws -> SharedBytes {
    var bytes: [UInt8] = []
    var encoder = ByteEncoder { bytes += $0 }
    try encode(&encoder)
    try encoder.flush()
    return try SharedBytes(count: bytes.count) { target in
      bytes.withUnsafeBytes { target.copyMemory(from: $0) }
    }
  }

  private func encode(_ encoder: inout ByteEncoder) throws {
    guard case .copy(let replaced) = self else { return try encoder.put(byte: 0) }
    try encoder.put(byte: 1)
    try encoder.put(replaced.count)
    for dataset in replaced {
      try encoder.put(dataset.path)
      try encoder.put(dataset.tensor.shape, dataset.tensor.dtype)
      try dataset.tensor.bytes.withUnsafeBytes { try encoder.put($0) }
    }
  }

  init(decoding decoder: inout ByteDecoder) throws {
    if try decoder.flag() {
      var replaced: [Replaced] = []
      for _ in 0..<(try decoder.number()) {
        let path = try decoder.text()
        let (shape, dtype, count) = try decoder.tensorForm()
        let bytes = try decoder.bytes(count)
        replaced.append(Replaced(path: path, tensor: Tensor(shape: shape, dtype: dtype, bytes: bytes)))
      }
      self = .copy(replaced)
    } else {
      self = .network
    }
    try decoder.end()
  }
}
