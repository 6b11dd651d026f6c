internal import CHDF5

/// The type of a dataset's elements, as far as it matters here.
package enum ElementType: Sendable, Hashable, CustomStringConvertible {
  /// IEEE 754, four bytes, in either byte order.
  case float32
  case other(String)

  package var description: String {
    switch self {
    case .float32: "float32"
    case .other(let name): name
    }
  }
}

/// A dataset that is open, until the end of this value, and that passed the checks of `DatasetCheck`.
package struct Dataset: ~Copyable {
  private let handle: Handle<DatasetKind>
  package let location: Location
  package let shape: [Int]
  package let elementType: ElementType
  /// Bytes of all elements.
  package let byteCount: Int

  init(_ handle: consuming Handle<DatasetKind>, _ location: Location) throws(HDF5Error) {
    let facts = try DatasetCheck.facts(of: handle, at: location)
    self.location = location
    self.shape = facts.shape
    self.elementType = facts.elementType
    self.byteCount = facts.byteCount
    self.handle = handle
  }

  /// Copies the elements of a `float32` dataset to `target`, little-endian. The corresponding C function is
  /// `H5Dread`.
  ///
  /// - Precondition: `elementType` is `float32`, and `target` has `byteCount` bytes.
  package func read(into target: UnsafeMutableRawBufferPointer) throws(HDF5Error) {
    precondition(elementType == .float32 && target.count == byteCount)
    let id = handle.id
    _ = try Library.checked("H5Dread", at: location) {
      H5Dread(
        id, mlpack_h5_float32_little_endian(), hid_t(H5S_ALL), hid_t(H5S_ALL), hid_t(H5P_DEFAULT),
        target.baseAddress)
    }
  }

  /// Replaces the elements of a `float32` dataset by `source`, little-endian; all else stays as it is. The
  /// corresponding C function is `H5Dwrite`.
  ///
  /// - Precondition: `elementType` is `float32`, and `source` has `byteCount` bytes.
  package func write(_ source: UnsafeRawBufferPointer) throws(HDF5Error) {
    precondition(elementType == .float32 && source.count == byteCount)
    let id = handle.id
    _ = try Library.checked("H5Dwrite", at: location) {
      H5Dwrite(
        id, mlpack_h5_float32_little_endian(), hid_t(H5S_ALL), hid_t(H5S_ALL), hid_t(H5P_DEFAULT),
        source.baseAddress)
    }
  }
}

extension Group {
  /// Creates a contiguous little-endian `float32` dataset, and the groups on the way to it.
  ///
  /// The corresponding C function is `H5Dcreate2`.
  ///
  /// - Precondition: `elements` holds the product of `shape` elements, little-endian.
  package func createDataset(
    at path: String, shape: [Int], elements: UnsafeRawBufferPointer
  ) throws(HDF5Error) {
    precondition(elements.count == shape.reduce(4, *))
    let place = location.child(path)
    _ = try Gate.components(of: path, at: location)
    let links = try Handle<PropertyListKind>(at: place, "H5Pcreate") { H5Pcreate(mlpack_h5_link_creation()) }
    _ = try Library.checked("H5Pset_create_intermediate_group", at: place) {
      H5Pset_create_intermediate_group(links.id, 1)
    }
    let creation = try Handle<PropertyListKind>(at: place, "H5Pcreate") {
      H5Pcreate(mlpack_h5_dataset_creation())
    }
    _ = try Library.checked("H5Pset_obj_track_times", at: place) {
      H5Pset_obj_track_times(creation.id, false)
    }
    let dimensions = shape.map { hsize_t($0) }
    let space = try Handle<DataspaceKind>(at: place, "H5Screate_simple") {
      H5Screate_simple(Int32(dimensions.count), dimensions, nil)
    }
    let id = handle.id
    let created = try Handle<DatasetKind>(at: place, "H5Dcreate2") {
      H5Dcreate2(
        id, path, mlpack_h5_float32_little_endian(), space.id, links.id, creation.id, hid_t(H5P_DEFAULT))
    }
    let dataset = created.id
    _ = try Library.checked("H5Dwrite", at: place) {
      H5Dwrite(
        dataset, mlpack_h5_float32_little_endian(), hid_t(H5S_ALL), hid_t(H5S_ALL), hid_t(H5P_DEFAULT),
        elements.baseAddress)
    }
    try created.close(at: place)
  }
}
