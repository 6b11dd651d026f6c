public import ModelGraph

/// What training changed of a pack: enough to make the trained pack out of the one it was trained from.
///
/// `DeltaFile` reads and writes it.
public struct Delta: Sendable {
  /// The file that it was read from, for errors; nil for one that was made in memory.
  let file: String?
  /// SHA-256 of the pack that it is for, in lower-case hexadecimal.
  public let baseDigest: String
  /// SHA-256 of the pack that it gives.
  public let resultDigest: String
  /// Preamble and header of the pack that it gives.
  let front: [UInt8]
  /// The same, read.
  let pack: PackFront
  /// In the order of the pack's payloads.
  let carried: [CarriedPayload]

  /// The network that it gives.
  public var graph: Graph { pack.graph }
  public var mask: FreezeMask { pack.mask }
  public var labels: [String] { pack.header.labels }

  /// A weight of which the delta has values.
  public struct CarriedWeight: Sendable, Hashable {
    public let id: WeightID
    /// Elements that it has.
    public let elementCount: Int
    /// In which the delta has them.
    public let type: ElementType
    /// Whether they were rounded to `float16` for it.
    public let isHalved: Bool
  }

  /// In the network's order.
  public var weights: [CarriedWeight] {
    carried.compactMap { carried in
      guard carried.index < pack.tensors.count else { return nil }
      let tensor = pack.tensors[carried.index]
      return CarriedWeight(
        id: tensor.id, elementCount: tensor.elementCount(of: carried.form),
        type: carried.form.isHalved ? .float16 : tensor.layout.type, isHalved: carried.form.isHalved)
    }
  }
}

/// A payload of the pack that a delta gives, as far as it cannot be had from the base.
struct CarriedPayload: Sendable {
  /// Among the pack's payloads: the tensors', then the corrections'.
  let index: Int
  let form: CarriedForm
  let content: PayloadContent
}

/// How a delta carries a payload; DELTA.md has the codes.
enum CarriedForm: UInt8, Sendable {
  /// As it is in the pack.
  case whole = 0
  /// Every element as `float16`.
  case halved = 1
  /// The trained channels alone.
  case channels = 2
  case halvedChannels = 3

  init(isHalved: Bool, isPartial: Bool) {
    self =
      switch (isHalved, isPartial) {
      case (false, false): .whole
      case (true, false): .halved
      case (false, true): .channels
      case (true, true): .halvedChannels
      }
  }

  var isHalved: Bool { self == .halved || self == .halvedChannels }
  var isPartial: Bool { self == .channels || self == .halvedChannels }
}

extension TensorLocation {
  /// Elements that a delta carries.
  func elementCount(of form: CarriedForm) -> Int {
    // A graph keeps every tensor within 2³¹ elements.
    let elements = layout.shape.reduce(1, *)
    return form.isPartial
      ? elements / layout.channels * mask.trainableCount(of: layout.channels) : elements
  }

  /// Bytes that a delta carries.
  func byteCount(of form: CarriedForm) -> Int {
    form == .whole ? location.range.count : elementCount(of: form) * (form.isHalved ? 2 : 4)
  }

  /// Whether the tensor can be carried so.
  func allows(_ form: CarriedForm) -> Bool {
    if form == .whole { return true }
    let isPartial = if case .channels = mask { true } else { false }
    return layout.type == .float32 && (isPartial || !form.isPartial)
      && (layout.shape.count > 1 || !form.isHalved)
  }
}
