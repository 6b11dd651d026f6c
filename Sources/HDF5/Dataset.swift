internal import CHDF5

/// A dataset that is open, until the end of this value, and that passed the checks of `DatasetCheck`.
package struct Dataset: ~Copyable {
  private let handle: Handle<DatasetKind>
  package let location: Location
  package let shape: [Int]
  package let datatype: Datatype
  /// Bytes of all elements.
  package let byteCount: Int
  /// The bytes of the file in which the elements stand as `read(into:)` gives them: one after the other and
  /// little-endian. nil where they are stored otherwise, or where libhdf5 does not say.
  ///
  /// It comes from the file: it may lie beyond its end.
  package let fileRange: Range<Int>?

  init(_ handle: consuming Handle<DatasetKind>, _ location: Location) throws(HDF5Error) {
    let facts = try DatasetCheck.facts(of: handle, at: location)
    self.location = location
    self.shape = facts.shape
    self.datatype = facts.datatype
    self.byteCount = facts.byteCount
    self.fileRange = facts.fileRange
    self.handle = handle
  }

  /// Copies the elements to `target`, little-endian. The corresponding C function is `H5Dread`.
  ///
  /// - Precondition: `datatype` is a number, and `target` has `byteCount` bytes.
  package func read(into target: UnsafeMutableRawBufferPointer) throws(HDF5Error) {
    precondition(datatype.byteCount != nil && target.count == byteCount)
    let memory = try memoryType()
    let (id, type) = (handle.id, memory.id)
    _ = try Library.checked("H5Dread", at: location) {
      H5Dread(id, type, hid_t(H5S_ALL), hid_t(H5S_ALL), hid_t(H5P_DEFAULT), target.baseAddress)
    }
  }

  /// Replaces the elements by `source`, little-endian; all else stays as it is, the filters that the data goes
  /// through too. The corresponding C function is `H5Dwrite`.
  ///
  /// - Precondition: `datatype` is a number, and `source` has `byteCount` bytes.
  package func write(_ source: UnsafeRawBufferPointer) throws(HDF5Error) {
    precondition(datatype.byteCount != nil && source.count == byteCount)
    let memory = try memoryType()
    let (id, type) = (handle.id, memory.id)
    _ = try Library.checked("H5Dwrite", at: location) {
      H5Dwrite(id, type, hid_t(H5S_ALL), hid_t(H5S_ALL), hid_t(H5P_DEFAULT), source.baseAddress)
    }
  }

  /// The file's own type in little-endian order, so that libhdf5 moves bytes at most: its conversions between
  /// floating-point types round wrongly (1.10.8: `float64` of the other order, `float16`).
  private func memoryType() throws(HDF5Error) -> Handle<DatatypeKind> {
    let id = handle.id
    let type = try Handle<DatatypeKind>(at: location, "H5Dget_type") { H5Dget_type(id) }
    let typeID = type.id
    guard Library.call({ H5Tget_class(typeID) }) == H5T_FLOAT else { return type }
    let copy = try Handle<DatatypeKind>(at: location, "H5Tcopy") { H5Tcopy(typeID) }
    let copyID = copy.id
    _ = try Library.checked("H5Tset_order", at: location) { H5Tset_order(copyID, H5T_ORDER_LE) }
    return copy
  }
}

extension Group {
  /// Creates a contiguous little-endian dataset, and the groups on the way to it.
  ///
  /// The corresponding C function is `H5Dcreate2`.
  ///
  /// - Parameter mark: An attribute of the dataset, and its text.
  /// - Precondition: `elements` holds the product of `shape` elements of a type that is a number, little-endian.
  package func createDataset(
    at path: String, shape: [Int], type: Datatype = .float32, elements: UnsafeRawBufferPointer,
    mark: (name: String, text: String)? = nil
  ) throws(HDF5Error) {
    precondition(type.byteCount.map { elements.count == shape.reduce($0, *) } ?? false)
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
    let stored = try type.created(at: place)
    let (id, typeID) = (handle.id, stored.id)
    let created = try Handle<DatasetKind>(at: place, "H5Dcreate2") {
      H5Dcreate2(id, path, typeID, space.id, links.id, creation.id, hid_t(H5P_DEFAULT))
    }
    let dataset = created.id
    _ = try Library.checked("H5Dwrite", at: place) {
      H5Dwrite(
        dataset, typeID, hid_t(H5S_ALL), hid_t(H5S_ALL), hid_t(H5P_DEFAULT), elements.baseAddress)
    }
    if let mark { try Attributes(owner: dataset, place).setText(mark.name, to: mark.text) }
    try created.close(at: place)
  }
}
