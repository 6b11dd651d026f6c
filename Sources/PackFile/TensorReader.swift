import ModelGraph

/// Reads a pack's tensors out of their payloads.
struct TensorReader {
  /// The whole file.
  let bytes: UnsafeRawBufferPointer
  /// What keeps `bytes` alive.
  let owner: AnyObject

  /// What the payloads hold: the weights as `float32`, but for those that follow from originals, and their forms.
  func read(
    _ tensors: [TensorLocation], _ entries: [TypeEntry]
  ) throws(PackViolation) -> (weights: Weights, forms: WeightForms) {
    let payloads = try payloads(of: tensors)
    var weights: Weights = [:]
    var forms = WeightForms()
    for entry in entries {
      let id = tensors[entry.tensor].id
      forms.variableTypes[id] = entry.variable == .float32 ? nil : entry.variable
      forms.approximations[id] = entry.error
    }
    for (tensor, payload) in zip(tensors, payloads) {
      let id = tensor.id
      let isOriginal = forms.variableTypes[id].map(ElementType.init) == tensor.layout.type
      switch try PayloadCode.decode(payload, tensor.layout, isOriginal: isOriginal, of: id) {
      case .plain(let tensor) where isOriginal: forms.originals[id] = tensor
      case .plain(let tensor): weights[id] = tensor
      case .reduced(let tensor, let precision):
        weights[id] = tensor
        forms.reductions[id] = precision
      }
    }
    return (weights, forms)
  }

  /// The payload of each tensor, not compressed: as it lies in the file where it is stored so.
  private func payloads(of tensors: [TensorLocation]) throws(PackViolation) -> [TensorBytes] {
    let compressed = tensors.filter(\.isCompressed).map { tensor in
      CompressedPayload(
        name: tensor.location.name, byteCount: tensor.byteCount, width: tensor.layout.width,
        stored: slice(tensor))
    }
    var decompressed = try BlockDecompression.decompress(compressed)[...]
    return tensors.map { tensor in
      guard tensor.isCompressed, let payload = decompressed.popFirst() else {
        return TensorBytes(slice(tensor), keptAliveBy: owner)
      }
      return payload
    }
  }

  private func slice(_ tensor: TensorLocation) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: bytes[tensor.location.range])
  }
}
