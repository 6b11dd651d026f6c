import ModelGraph

/// Compares what a file says of its tensors' types with what can be.
extension Directory {
  /// - Parameter entries: In the order of the tensors, each of one that is there.
  static func check(
    _ entries: [TypeEntry], of tensors: [TensorLocation], _ features: Features
  ) throws(PackViolation) {
    var used: Features = []
    if !entries.isEmpty || tensors.contains(where: { $0.layout.type != .float32 }) { used.insert(.types) }
    if tensors.contains(where: \.isCompressed) { used.insert(.compressedStorage) }
    guard features == used else { throw .unusedFeatures(set: features.rawValue, used: used.rawValue) }
    var rest = entries[...]
    for (index, tensor) in tensors.enumerated() {
      let isListed = rest.first?.tensor == index
      try check(tensor, isListed ? rest.removeFirst() : nil)
    }
  }

  private static func check(_ tensor: TensorLocation, _ entry: TypeEntry?) throws(PackViolation) {
    if let error = entry?.error {
      // NaN is not above 0 either.
      guard error > 0 else { throw .badError(tensor.id, error) }
    }
    let variable = entry?.variable ?? .float32
    let type = tensor.layout.type
    guard type != .float32 else { return }
    let isOriginal = type == ElementType(variable)
    let isReduction =
      tensor.layout.shape.count > 1 && type != .float64 && tensor.layout.width < variable.byteCount
    guard isOriginal || isReduction && tensor.mask == .frozen else {
      throw .badElementType(tensor.id, type, variable: variable)
    }
    guard !isOriginal || entry?.error == nil else { throw .approximateOriginal(tensor.id) }
  }
}
