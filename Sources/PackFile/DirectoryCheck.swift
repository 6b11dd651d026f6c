import ModelGraph

/// A payload whose place in the file was checked.
struct PayloadLocation {
  let name: String
  /// Within the file.
  let range: Range<Int>
  let checksum: UInt32
}

struct TensorLocation {
  let id: WeightID
  let mask: ChannelMask
  let layout: PayloadLayout
  /// Of the payload, not compressed.
  let byteCount: Int
  let isCompressed: Bool
  let location: PayloadLocation
}

struct CorrectionLocation {
  let layer: String
  /// Of the kernel.
  let elements: Int
  let steps: Int
  let marks: Int
  let location: PayloadLocation
}

/// Compares the directory of a file with what its network requires.
struct Directory {
  private let graph: Graph
  private let fileLength: Int
  private let dataStart: Int

  /// - Parameter headerEnd: At most `fileLength`.
  init(_ graph: Graph, fileLength: Int, headerEnd: Int) {
    self.graph = graph
    self.fileLength = fileLength
    // nil only at the end of the address space, where nothing lies behind the header.
    dataStart = Checked.aligned(headerEnd) ?? headerEnd
  }

  static func mask(_ tensors: [TensorLocation]) -> FreezeMask {
    var mask = FreezeMask()
    for tensor in tensors { mask[tensor.id] = tensor.mask }
    return mask
  }

  /// One entry for every weight, in the network's order.
  func tensors(_ reader: inout HeaderReader) throws(PackViolation) -> [TensorLocation] {
    let expected = graph.layers.indices.flatMap { position in
      graph.weightSpecs[position].map { (position: position, spec: $0) }
    }
    let count = try reader.size()
    guard count == expected.count else { throw .tensorCount(found: count, expected: expected.count) }
    var locations: [TensorLocation] = []
    var rest = Format.maximumInflated
    for (index, weight) in expected.enumerated() {
      let entry = try reader.tensorEntry()
      let id = WeightID(layer: graph.layers[weight.position].name, name: weight.spec.name)
      guard entry.layer == weight.position, entry.weight == id.name.packCode else {
        throw .wrongTensor(index: index, expected: id)
      }
      let location = try tensor(entry, id, weight.spec, after: locations.last?.location)
      if location.isCompressed {
        guard location.byteCount <= rest else { throw .inflatesTooFar(id) }
        rest -= location.byteCount
      }
      locations.append(location)
    }
    return locations
  }

  private func tensor(
    _ entry: TensorEntry, _ id: WeightID, _ spec: WeightSpec, after previous: PayloadLocation?
  ) throws(PackViolation) -> TensorLocation {
    guard let type = ElementType(packCode: entry.dtype) else {
      throw .unsupportedDType(id, code: entry.dtype)
    }
    guard [StorageCode.raw, StorageCode.compressed].contains(entry.storage) else {
      throw .unsupportedStorage(id, code: entry.storage)
    }
    guard entry.shape == spec.shape else { throw .wrongShape(id, expected: spec.shape, found: entry.shape) }
    guard entry.mask == .frozen || id.name.isTrainable else { throw .trainedStatistic(id) }
    if case .channels(let ranges) = entry.mask {
      guard Directory.isPartial(ranges, of: spec.channelCount) else { throw .badRanges(id) }
    }
    let layout = PayloadLayout(type, spec)
    let isCompressed = entry.storage == StorageCode.compressed
    return TensorLocation(
      id: id, mask: entry.mask, layout: layout,
      byteCount: try byteCount(entry.extent, id, layout, isCompressed: isCompressed),
      isCompressed: isCompressed, location: try locate(entry.extent, id.description, after: previous))
  }

  /// Bytes of a payload that is not compressed.
  private func byteCount(
    _ extent: Extent, _ id: WeightID, _ layout: PayloadLayout, isCompressed: Bool
  ) throws(PackViolation) -> Int {
    let byteCount = layout.byteCount ?? .max
    guard isCompressed else {
      guard extent.byteCount == byteCount else {
        throw .wrongByteCount(id, expected: byteCount, found: extent.byteCount)
      }
      return byteCount
    }
    let table = 4 * BlockCompression.blockCount(byteCount, width: layout.width)
    guard extent.byteCount > table, extent.byteCount < byteCount else {
      throw .badCompressedSize(id, raw: byteCount, found: extent.byteCount)
    }
    return byteCount
  }

  /// Whether the ranges are sorted, apart and not empty, and together some of `count` channels but not all.
  private static func isPartial(_ ranges: [Range<Int>], of count: Int) -> Bool {
    var end = -1
    for range in ranges {
      guard !range.isEmpty, range.lowerBound > end else { return false }
      end = range.upperBound
    }
    return !ranges.isEmpty && end <= count && ranges != [0..<count]
  }

  /// One entry for every convolution that the mask leaves folded and whose kernel is `float32`, in the network's
  /// order.
  func corrections(
    _ reader: inout HeaderReader, _ tensors: [TensorLocation], under mask: FreezeMask
  ) throws(PackViolation) -> [CorrectionLocation] {
    let others = Set(tensors.filter { $0.layout.type != .float32 }.map(\.id))
    let expected = graph.foldedKernels(under: mask).filter { !others.contains($0) }
    let count = try reader.size()
    guard count == expected.count else { throw .correctionCount(found: count, expected: expected.count) }
    var locations: [CorrectionLocation] = []
    for (index, kernel) in expected.enumerated() {
      let entry = try reader.correctionEntry()
      guard entry.layer == graph.position(of: kernel.layer) else {
        throw .wrongCorrection(index: index, expected: kernel.layer)
      }
      let elements = graph.spec(of: kernel)?.elementCount ?? 0
      // Neither is above 2³².
      guard entry.steps + entry.marks <= elements else {
        throw .correctionSize(layer: kernel.layer, steps: entry.steps, marks: entry.marks, elements: elements)
      }
      let location = try locate(
        entry.extent, "correction of \(kernel.layer)",
        after: locations.last?.location ?? tensors.last?.location)
      locations.append(
        CorrectionLocation(
          layer: kernel.layer, elements: elements, steps: entry.steps, marks: entry.marks, location: location)
      )
    }
    return locations
  }

  /// Where the payload lies that follows `previous` at the next aligned offset.
  private func locate(
    _ extent: Extent, _ name: String, after previous: PayloadLocation?
  ) throws(PackViolation) -> PayloadLocation {
    guard let start = Checked.aligned(previous?.range.upperBound ?? dataStart) else {
      throw .payloadBeyondFile(payload: name)
    }
    guard extent.offset == start - dataStart else {
      throw .wrongOffset(payload: name, expected: start - dataStart, found: extent.offset)
    }
    guard let count = Int(exactly: extent.byteCount), let end = Checked.sum(start, count), end <= fileLength
    else {
      throw .payloadBeyondFile(payload: name)
    }
    return PayloadLocation(name: name, range: start..<end, checksum: extent.checksum)
  }
}
