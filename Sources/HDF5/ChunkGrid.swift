internal import CHDF5

/// The chunks that a dataset is made of, each of which is stored whole, those over its edges too.
struct ChunkGrid {
  private let chunkCount: Int
  private let chunkBytes: Int
  private let byteCount: Int

  /// - Throws: `badShape` where the chunks have other dimensions than the dataset, `tooLarge` where they are much
  ///   larger: a chunk is decoded whole.
  init(
    of shape: [Int], by chunk: [Int], elementSize: Int, at location: Location
  ) throws(HDF5Error) {
    guard chunk.count == shape.count, chunk.allSatisfy({ $0 > 0 }) else {
      throw HDF5Error(location, .badShape("is in chunks of other dimensions than its own"))
    }
    let counts = zip(shape, chunk).map { ($0 - 1) / $1 + 1 }
    // The elements of the dataset are no more than its bytes, which have a limit, and its chunks no more than they.
    let elements = shape.reduce(1, *)
    var chunkElements = 1
    for extent in chunk {
      let (product, overflows) = chunkElements.multipliedReportingOverflow(by: extent)
      guard !overflows, product <= max(elements, 1 << 16) else {
        throw HDF5Error(location, .tooLarge(limit: elements * elementSize))
      }
      chunkElements = product
    }
    chunkCount = counts.reduce(1, *)
    chunkBytes = chunkElements * elementSize
    byteCount = elements * elementSize
  }

  /// That every chunk is there, in as many bytes as its filters leave possible.
  func check(
    stored: Int, filters: Set<H5Z_filter_t>, of dataset: borrowing Handle<DatasetKind>, at location: Location
  ) throws(HDF5Error) {
    let (whole, overflows) = chunkCount.multipliedReportingOverflow(by: chunkBytes)
    guard !overflows, whole <= Limits.datasetBytes * 2 else {
      throw HDF5Error(location, .tooLarge(limit: byteCount))
    }
    let expected = filters.contains(H5Z_FILTER_FLETCHER32) ? whole + 4 * chunkCount : whole
    // Deflate makes a chunk that it cannot shrink longer, by a thousandth and a few bytes.
    let range =
      filters.contains(H5Z_FILTER_DEFLATE)
      ? byteCount / Limits.compressionRatio...expected + whole / 1000 + 16 * chunkCount : expected...expected
    guard range.contains(stored) else {
      throw HDF5Error(location, .storageSize(expected: expected, found: stored))
    }
    guard let count = try storedChunks(of: dataset, at: location) else { return }
    guard count == chunkCount else {
      throw HDF5Error(location, .missingChunks(expected: chunkCount, found: count))
    }
  }

  /// How many chunks are in the file; nil where libhdf5 cannot tell.
  private func storedChunks(
    of dataset: borrowing Handle<DatasetKind>, at location: Location
  ) throws(HDF5Error) -> Int? {
    let id = dataset.id
    let space = try Handle<DataspaceKind>(at: location, "H5Dget_space") { H5Dget_space(id) }
    let spaceID = space.id
    var count = hsize_t(0)
    guard Library.call({ mlpack_h5_chunk_count(id, spaceID, &count) }) >= 0 else { return nil }
    return Int(clamping: count)
  }
}
