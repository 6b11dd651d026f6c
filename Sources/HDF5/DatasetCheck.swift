internal import CHDF5

/// What must hold of a dataset before any of its data is read.
///
/// Shape, type, layout, filters and the bytes in the file have to agree, and all bytes have to be in this
/// file: libhdf5 reads past its buffers, allocates what a file declares, and opens the files that one names.
enum DatasetCheck {
  struct Facts {
    let shape: [Int]
    let datatype: Datatype
    let byteCount: Int
    /// Where in the file the elements stand one after the other and little-endian; nil where they are stored
    /// otherwise. It comes from the file: it may lie beyond its end.
    let fileRange: Range<Int>?
  }

  private enum Layout {
    /// In one piece, be it in the object's header (`compact`).
    case contiguous
    case chunked(chunkElements: Int)
  }

  static func facts(
    of dataset: borrowing Handle<DatasetKind>, at location: Location
  ) throws(HDF5Error) -> Facts {
    let shape = try shape(of: dataset, at: location)
    let (datatype, elementSize, isLittleEndian) = try datatype(of: dataset, at: location)
    let byteCount = try bytes(of: shape, elementSize: elementSize, at: location)
    let range = contiguousRange(of: dataset, byteCount: byteCount)
    if range == nil {
      try checkStorage(of: dataset, byteCount: byteCount, elementSize: elementSize, at: location)
    }
    return Facts(
      shape: shape, datatype: datatype, byteCount: byteCount, fileRange: isLittleEndian ? range : nil)
  }

  private static func shape(
    of dataset: borrowing Handle<DatasetKind>, at location: Location
  ) throws(HDF5Error) -> [Int] {
    let id = dataset.id
    let space = try Handle<DataspaceKind>(at: location, "H5Dget_space") { H5Dget_space(id) }
    let spaceID = space.id
    let kind = Library.call { H5Sget_simple_extent_type(spaceID) }
    guard kind == H5S_SIMPLE || kind == H5S_SCALAR else {
      throw HDF5Error(location, .badShape("has no elements"))
    }
    let rank = try Library.checked("H5Sget_simple_extent_ndims", at: location) {
      H5Sget_simple_extent_ndims(spaceID)
    }
    // libhdf5 allows H5S_MAX_RANK = 32 dimensions; it writes as many as it said.
    var dimensions = [hsize_t](repeating: 0, count: Int(rank))
    _ = try Library.checked("H5Sget_simple_extent_dims", at: location) {
      H5Sget_simple_extent_dims(spaceID, &dimensions, nil)
    }
    var shape: [Int] = []
    for dimension in dimensions {
      guard let extent = Int(exactly: dimension) else { throw HDF5Error(location, .tooLarge(limit: .max)) }
      shape.append(extent)
    }
    return shape
  }

  private static func datatype(
    of dataset: borrowing Handle<DatasetKind>, at location: Location
  ) throws(HDF5Error) -> (Datatype, size: Int, isLittleEndian: Bool) {
    let id = dataset.id
    let type = try Handle<DatatypeKind>(at: location, "H5Dget_type") { H5Dget_type(id) }
    return try Datatype.of(type, at: location)
  }

  private static func bytes(
    of shape: [Int], elementSize: Int, at location: Location
  ) throws(HDF5Error) -> Int {
    var total = elementSize
    for extent in shape {
      let (product, overflows) = total.multipliedReportingOverflow(by: extent)
      guard !overflows, product <= Limits.datasetBytes else {
        throw HDF5Error(location, .tooLarge(limit: Limits.datasetBytes))
      }
      total = product
    }
    guard total > 0 else { throw HDF5Error(location, .badShape("has no elements")) }
    return total
  }

  /// Where the data lies in one piece in this very file; nil where it does not, or may not.
  ///
  /// Only a dataset of contiguous layout, without external storage, has an address of its own, and it has no filters:
  /// there is nothing more to ask. The corresponding C function is `H5Dget_offset`.
  private static func contiguousRange(
    of dataset: borrowing Handle<DatasetKind>, byteCount: Int
  ) -> Range<Int>? {
    let id = dataset.id
    let (address, stored) = Library.call { (H5Dget_offset(id), H5Dget_storage_size(id)) }
    guard stored == byteCount, let start = Int(exactly: address), start <= Int.max - byteCount else {
      return nil
    }
    return start..<start + byteCount
  }

  private static func checkStorage(
    of dataset: borrowing Handle<DatasetKind>, byteCount: Int, elementSize: Int, at location: Location
  ) throws(HDF5Error) {
    let id = dataset.id
    let creation = try Handle<PropertyListKind>(at: location, "H5Dget_create_plist") {
      H5Dget_create_plist(id)
    }
    let external = creation.id
    guard try Library.checked("H5Pget_external_count", at: location, { H5Pget_external_count(external) }) == 0
    else { throw HDF5Error(location, .externalStorage) }
    let layout = try layout(creation, at: location)
    let isFiltered = try checkFilters(creation, at: location)
    guard let stored = Int(exactly: Library.call { H5Dget_storage_size(id) }), stored > 0 else {
      throw HDF5Error(location, .neverWritten)
    }
    switch layout {
    case .contiguous:
      guard stored == byteCount else {
        throw HDF5Error(location, .storageSize(expected: byteCount, found: stored))
      }
    case .chunked(let chunkElements):
      // A chunk is decoded whole: one that is much larger than the dataset is a bomb.
      guard chunkElements <= max(byteCount / elementSize, 1 << 16) else {
        throw HDF5Error(location, .tooLarge(limit: byteCount))
      }
      guard isFiltered ? byteCount / Limits.compressionRatio <= stored : byteCount <= stored else {
        throw HDF5Error(location, .storageSize(expected: byteCount, found: stored))
      }
    }
  }

  private static func layout(
    _ creation: borrowing Handle<PropertyListKind>, at location: Location
  ) throws(HDF5Error) -> Layout {
    let id = creation.id
    switch Library.call({ H5Pget_layout(id) }) {
    case H5D_CONTIGUOUS, H5D_COMPACT: return .contiguous
    case H5D_CHUNKED: return .chunked(chunkElements: try chunkElements(creation, at: location))
    case H5D_VIRTUAL: throw HDF5Error(location, .unsupportedLayout("virtual"))
    default: throw HDF5Error(location, .unsupportedLayout("an unknown"))
    }
  }

  private static func chunkElements(
    _ creation: borrowing Handle<PropertyListKind>, at location: Location
  ) throws(HDF5Error) -> Int {
    let id = creation.id
    var dimensions = [hsize_t](repeating: 1, count: Int(H5S_MAX_RANK))
    let rank = try Library.checked("H5Pget_chunk", at: location) {
      H5Pget_chunk(id, Int32(H5S_MAX_RANK), &dimensions)
    }
    var total = 1
    for dimension in dimensions.prefix(Int(rank)) {
      let (product, overflows) = total.multipliedReportingOverflow(by: Int(clamping: dimension))
      guard !overflows else { throw HDF5Error(location, .tooLarge(limit: Limits.datasetBytes)) }
      total = product
    }
    return total
  }

  /// - Returns: Whether any filter changes the data.
  private static func checkFilters(
    _ creation: borrowing Handle<PropertyListKind>, at location: Location
  ) throws(HDF5Error) -> Bool {
    let id = creation.id
    let count = try Library.checked("H5Pget_nfilters", at: location) { H5Pget_nfilters(id) }
    for index in 0..<UInt32(count) {
      let filter = try Library.checked("H5Pget_filter2", at: location) {
        H5Pget_filter2(id, index, nil, nil, nil, 0, nil, nil)
      }
      guard [H5Z_FILTER_DEFLATE, H5Z_FILTER_SHUFFLE, H5Z_FILTER_FLETCHER32].contains(H5Z_filter_t(filter))
      else {
        throw HDF5Error(location, .unsupportedFilter(Int(filter)))
      }
    }
    return count > 0
  }
}
