import Engine
import ModelGraph

/// The document of a checkpoint's file.
struct CheckpointContents: Codable {
  /// What a tensor is to the run.
  enum Role: Codable, Equatable {
    case weight
    case best
    case slot(Int)
  }

  struct Entry: Codable {
    let role: Role
    let layer: String
    let weight: String
    let shape: [Int]
  }

  let identity: [String: String]
  let progress: Checkpoint.Progress
  let iterations: Int
  let hasBest: Bool
  let tensors: [Entry]

  /// The document, and the tensors in its order.
  static func listing(_ checkpoint: Checkpoint) -> (CheckpointContents, [Tensor]) {
    var entries: [Entry] = []
    var tensors: [Tensor] = []
    func add(_ role: Role, _ id: WeightID, _ tensor: Tensor) {
      entries.append(Entry(role: role, layer: id.layer, weight: id.name.rawValue, shape: tensor.shape))
      tensors.append(tensor)
    }
    func sorted<Value>(_ values: [WeightID: Value]) -> [(key: WeightID, value: Value)] {
      values.sorted { $0.key.description < $1.key.description }
    }
    for (id, tensor) in sorted(checkpoint.weights) { add(.weight, id, tensor) }
    for (id, slots) in sorted(checkpoint.optimizer.slots) {
      for (index, tensor) in slots.enumerated() { add(.slot(index), id, tensor) }
    }
    for (id, tensor) in sorted(checkpoint.best ?? [:]) { add(.best, id, tensor) }
    return (
      CheckpointContents(
        identity: checkpoint.identity, progress: checkpoint.progress,
        iterations: checkpoint.optimizer.iterations, hasBest: checkpoint.best != nil, tensors: entries),
      tensors
    )
  }

  /// - Returns: nil where the tensors do not fill `payload` exactly.
  func checkpoint(_ payload: UnsafeRawBufferPointer) -> Checkpoint? {
    var weights: Weights = [:]
    var best: Weights? = hasBest ? [:] : nil
    var slots: [WeightID: [Tensor]] = [:]
    var offset = 0
    for entry in tensors {
      guard let name = WeightName(rawValue: entry.weight),
        let count = entry.byteCount, count <= payload.count - offset
      else { return nil }
      let id = WeightID(layer: entry.layer, name: name)
      let floats = UnsafeRawBufferPointer(rebasing: payload[offset..<offset + count])
      let tensor = Tensor(
        shape: entry.shape,
        floats: stride(from: 0, to: count, by: 4).map {
          Float(bitPattern: UInt32(littleEndian: floats.loadUnaligned(fromByteOffset: $0, as: UInt32.self)))
        })
      switch entry.role {
      case .weight: weights[id] = tensor
      case .best: best?[id] = tensor
      case .slot: slots[id, default: []].append(tensor)
      }
      offset += count
    }
    guard offset == payload.count else { return nil }
    return Checkpoint(
      identity: identity, progress: progress, weights: weights,
      optimizer: OptimizerState(iterations: iterations, slots: slots), best: best)
  }
}

extension CheckpointContents.Entry {
  /// nil where that is beyond all memory.
  fileprivate var byteCount: Int? {
    var count = 4
    for extent in shape {
      let (product, overflows) = count.multipliedReportingOverflow(by: extent)
      guard extent >= 0, !overflows else { return nil }
      count = product
    }
    return count
  }
}
