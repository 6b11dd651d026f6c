import ModelGraph

/// The bytes of a pack's file, in pieces, so that no tensor is copied to write it.
struct PackBytes {
  /// Preamble and header.
  let front: [UInt8]
  /// One behind the other, each aligned.
  let payloads: [PayloadContent]

  /// The length of the file.
  var count: Int {
    var count = 0
    emit { count += $0.count }
    return count
  }

  /// Hands the file's bytes to `sink`, piece by piece.
  func emit<E: Error>(_ sink: (UnsafeRawBufferPointer) throws(E) -> Void) throws(E) {
    var end = 0
    func put(_ bytes: UnsafeRawBufferPointer) throws(E) {
      try sink(bytes)
      end += bytes.count
    }
    func put(_ bytes: [UInt8]) throws(E) {
      try bytes.withUnsafeBufferPointer { (bytes) throws(E) in try put(UnsafeRawBufferPointer(bytes)) }
    }
    try put(front)
    for payload in payloads {
      try put([UInt8](repeating: 0, count: (Format.alignment - end % Format.alignment) % Format.alignment))
      try payload.withUnsafeBytes { (bytes) throws(E) in try put(bytes) }
    }
  }
}
