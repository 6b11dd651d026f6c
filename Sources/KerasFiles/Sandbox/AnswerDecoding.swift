internal import ModelGraph

/// Reads what comes out of the sandbox, as hostile as the file that went in.
struct AnswerDecoding {
  /// The file that the sandbox was given.
  private let file: FileImage
  /// The HDF5 file among those of the container.
  private let part: Int
  private var decoder: ByteDecoder
  /// What the whole container may still make us take.
  private(set) var budget: ReadingBudget
  /// As deep as models are nested.
  private static let maximumDepth = 12

  init(_ decoder: ByteDecoder, file: FileImage, part: Int, budget: ReadingBudget) {
    self.decoder = decoder
    self.file = file
    self.part = part
    self.budget = budget
  }

  /// The whole answer.
  ///
  /// - Parameter maximumImage: Bytes that a copy of the file may have.
  /// - Throws: `ByteDecoder.Nonsense`; `KerasFileError.Problem` where it is too much; what reading it throws.
  mutating func answer(maximumImage: Int) throws -> SandboxAnswer {
    guard let kind = SandboxAnswer.Kind(rawValue: try decoder.byte()) else { throw ByteDecoder.Nonsense() }
    let answer: SandboxAnswer
    switch kind {
    case .refused: answer = .refused(object: try decoder.text(), why: try decoder.text())
    case .noNetwork: answer = .noNetwork
    case .layers: answer = .network(try legacyNetwork())
    case .objects:
      let hasOptimizerState = try decoder.flag()
      answer = .network(
        StoredNetwork(
          container: .weights, kerasVersion: nil, configuration: nil, hasOptimizerState: hasOptimizerState,
          weights: .objects(try object(depth: 0))))
    case .image:
      var bytes = [UInt8](repeating: 0, count: try decoder.number(upTo: maximumImage))
      try bytes.withUnsafeMutableBytes { try decoder.copy(into: $0) }
      answer = .image(bytes)
    }
    try decoder.end()
    return answer
  }

  private mutating func legacyNetwork() throws -> StoredNetwork {
    let hasOptimizerState = try decoder.flag()
    let version = try decoder.optionalText()
    let configuration = try decoder.optionalText()
    let count = try decoder.number()
    try budget.take(layers: count, at: "/")
    var layers: [StoredLayer] = []
    for _ in 0..<count { layers.append(try layer()) }
    return StoredNetwork(
      container: configuration == nil ? .legacyWeights : .legacyModel, kerasVersion: version,
      configuration: configuration, hasOptimizerState: hasOptimizerState, weights: .layers(layers))
  }

  private mutating func layer() throws -> StoredLayer {
    var layer = StoredLayer(name: try decoder.text(), weights: [])
    for _ in 0..<(try weightCount(layer.name)) { layer.weights.append(try weight()) }
    layer.otherTypes = try table(layer.name, key: { try $0.decoder.text() }, value: { try $0.decoder.text() })
    return layer
  }

  private mutating func object(depth: Int) throws -> StoredObject {
    guard depth < AnswerDecoding.maximumDepth else { throw ByteDecoder.Nonsense() }
    var object = StoredObject(key: try decoder.text())
    try budget.take(layers: 1, at: object.key)
    object.name = try decoder.optionalText()
    object.variables = try table(object.key, key: { try $0.decoder.number() }, value: { try $0.weight() })
    object.otherTypes = try table(
      object.key, key: { try $0.decoder.number() }, value: { try $0.decoder.text() })
    for _ in 0..<(try decoder.number()) { object.children.append(try self.object(depth: depth + 1)) }
    return object
  }

  /// What `owner` has by keys, which stand in their order.
  private mutating func table<Key: Comparable & Hashable, Value>(
    _ owner: String, key: (inout AnswerDecoding) throws -> Key, value: (inout AnswerDecoding) throws -> Value
  ) throws -> [Key: Value] {
    var values: [Key: Value] = [:]
    var last: Key?
    for _ in 0..<(try weightCount(owner)) {
      let next = try key(&self)
      guard last.map({ $0 < next }) ?? true else { throw ByteDecoder.Nonsense() }
      values[next] = try value(&self)
      last = next
    }
    return values
  }

  private mutating func weightCount(_ owner: String) throws -> Int {
    let count = try decoder.number()
    try budget.take(weights: count, at: owner)
    return count
  }

  private mutating func weight() throws -> StoredWeight {
    let (name, path) = (try decoder.text(), try decoder.text())
    let (shape, dtype, count) = try decoder.tensorForm()
    try budget.take(bytes: count, at: path)
    let bytes =
      try decoder.flag()
      ? try lent(count, dtype) : try decoder.bytes(count)
    return StoredWeight(
      name: name, place: StoredWeight.Place(part: part, path: path),
      tensor: Tensor(shape: shape, dtype: dtype, bytes: bytes))
  }

  private mutating func lent(_ count: Int, _ dtype: DType) throws -> TensorBytes {
    let start = try decoder.number()
    let (end, overflows) = start.addingReportingOverflow(count)
    guard !overflows, let bytes = file.lend(start..<end, alignment: dtype.byteCount) else {
      throw ByteDecoder.Nonsense()
    }
    return bytes
  }
}
