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

  /// How the elements are stored, as the dataset was created.
  private struct Storage {
    enum Layout {
      /// In one piece, be it in the object's header (`compact`).
      case contiguous
      case chunked([Int])
    }

    let layout: Layout
    let filters: Set<H5Z_filter_t>
  }

  static func facts(
    of dataset: borrowing Handle<DatasetKind>, at location: Location
  ) throws(HDF5Error) -> Facts {
    // Before the shape: libhdf5 may look for that of a virtual dataset in other files.
    let storage = try storage(of: dataset, at: location)
    let shape = try shape(of: dataset, at: location)
    let (datatype, elementSize, isLittleEndian) = try datatype(of: dataset, at: location)
    let byteCount = try bytes(of: shape, elementSize: elementSize, at: location)
    let id = dataset.id
    guard let stored = Int(exactly: Library.call { H5Dget_storage_size(id) }), stored > 0 else {
      throw HDF5Error(location, .neverWritten)
    }
    switch storage.layout {
    case .contiguous:
      guard stored == byteCount else {
        throw HDF5Error(location, .storageSize(expected: byteCount, found: stored))
      }
    case .chunked(let chunk):
      let chunks = try ChunkGrid(of: shape, by: chunk, elementSize: elementSize, at: location)
      try chunks.check(stored: stored, filters: storage.filters, of: dataset, at: location)
    }
    let range = isLittleEndian ? contiguousRange(of: dataset, byteCount: byteCount) : nil
    return Facts(shape: shape, datatype: datatype, byteCount: byteCount, fileRange: range)
  }

  private static func storage(
    of dataset: borrowing Handle<DatasetKind>, at location: Location
  ) throws(HDF5Error) -> Storage {
    let id = dataset.id
    let creation = try Handle<PropertyListKind>(at: location, "H5Dget_create_plist") {
      H5Dget_create_plist(id)
    }
    let external = creation.id
    guard try Library.checked("H5Pget_external_count", at: location, { H5Pget_external_count(external) }) == 0
    else { throw HDF5Error(location, .externalStorage) }
    return Storage(
      layout: try layout(creation, at: location), filters: try filters(creation, at: location))
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
  /// Only a dataset of contiguous layout has an address of its own. The corresponding C function is `H5Dget_offset`.
  private static func contiguousRange(
    of dataset: borrowing Handle<DatasetKind>, byteCount: Int
  ) -> Range<Int>? {
    let id = dataset.id
    guard let start = Int(exactly: Library.call { H5Dget_offset(id) }), start <= Int.max - byteCount else {
      return nil
    }
    return start..<start + byteCount
  }

  private static func layout(
    _ creation: borrowing Handle<PropertyListKind>, at location: Location
  ) throws(HDF5Error) -> Storage.Layout {
    let id = creation.id
    switch Library.call({ H5Pget_layout(id) }) {
    case H5D_CONTIGUOUS, H5D_COMPACT: return .contiguous
    case H5D_CHUNKED: return .chunked(try chunk(creation, at: location))
    case H5D_VIRTUAL: throw HDF5Error(location, .unsupportedLayout("virtual"))
    default: throw HDF5Error(location, .unsupportedLayout("an unknown"))
    }
  }

  private static func chunk(
    _ creation: borrowing Handle<PropertyListKind>, at location: Location
  ) throws(HDF5Error) -> [Int] {
    let id = creation.id
    var dimensions = [hsize_t](repeating: 1, count: Int(H5S_MAX_RANK))
    let rank = try Library.checked("H5Pget_chunk", at: location) {
      H5Pget_chunk(id, Int32(H5S_MAX_RANK), &dimensions)
    }
    return dimensions.prefix(Int(rank)).map { Int(clamping: $0) }
  }

  /// The filters that the data goes through, each of them once.
  private static func filters(
    _ creation: borrowing Handle<PropertyListKind>, at location: Location
  ) throws(HDF5Error) -> Set<H5Z_filter_t> {
    let id = creation.id
    let count = try Library.checked("H5Pget_nfilters", at: location) { H5Pget_nfilters(id) }
    var found: Set<H5Z_filter_t> = []
    for index in 0..<UInt32(count) {
      let filter = try Library.checked("H5Pget_filter2", at: location) {
        H5Pget_filter2(id, index, nil, nil, nil, 0, nil, nil)
      }
      guard [H5Z_FILTER_DEFLATE, H5Z_FILTER_SHUFFLE, H5Z_FILTER_FLETCHER32].contains(filter) else {
        throw HDF5Error(location, .unsupportedFilter(Int(filter)))
      }
      // What is deflated twice may grow by the square of what deflate can do.
      guard found.insert(filter).inserted else { throw HDF5Error(location, .repeatedFilter(Int(filter))) }
    }
    return found
  }
}
