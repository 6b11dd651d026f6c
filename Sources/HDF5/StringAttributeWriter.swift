internal import CHDF5

extension Group {
  /// Writes one string of variable length, UTF-8: of any length, unlike one of fixed length.
  package func setText(_ name: String, to value: String) throws(HDF5Error) {
    try Attributes(owner: handle.id, location).setText(name, to: value)
  }

  /// Writes a list of strings of fixed length, padded with NUL, as Keras does: in parts `name0`, `name1`, …
  /// where it does not fit one attribute.
  package func setTexts(_ name: String, to list: [String]) throws(HDF5Error) {
    try Attributes(owner: handle.id, location).setTexts(name, to: list)
  }
}

extension Attributes {
  /// Largest attribute that fits an object header beside what else stands there.
  private static var largestListBytes: Int { 64512 }

  func setText(_ name: String, to value: String) throws(HDF5Error) {
    let place = location.attribute(name)
    guard !value.utf8.contains(0) else { throw HDF5Error(place, .notText("it has a NUL character")) }
    let type = try stringType(size: mlpack_h5_variable_length(), at: place)
    _ = try Library.checked("H5Tset_cset", at: place) { H5Tset_cset(type.id, H5T_CSET_UTF8) }
    let space = try Handle<DataspaceKind>(at: place, "H5Screate") { H5Screate(H5S_SCALAR) }
    let attribute = try create(name, type, space, at: place)
    let (attributeID, typeID) = (attribute.id, type.id)
    var bytes = Array(value.utf8CString)
    _ = try Library.checked("H5Awrite", at: place) {
      bytes.withUnsafeMutableBufferPointer { text in
        var pointer = text.baseAddress
        return H5Awrite(attributeID, typeID, &pointer)
      }
    }
    try attribute.close(at: place)
  }

  func setTexts(_ name: String, to list: [String]) throws(HDF5Error) {
    let longest = max(list.map(\.utf8.count).max() ?? 1, 1)
    let parts = (longest * list.count + Attributes.largestListBytes - 1) / Attributes.largestListBytes
    guard parts > 1 else { return try setPart(name, to: list[...], size: longest) }
    // As numpy.array_split: the first parts are one longer where the list does not divide evenly.
    var start = 0
    for part in 0..<parts {
      let count = list.count / parts + (part < list.count % parts ? 1 : 0)
      try setPart(name + "\(part)", to: list[start..<(start + count)], size: longest)
      start += count
    }
  }

  private func setPart(_ name: String, to list: ArraySlice<String>, size: Int) throws(HDF5Error) {
    let place = location.attribute(name)
    let type = try stringType(size: size, at: place)
    _ = try Library.checked("H5Tset_strpad", at: place) { H5Tset_strpad(type.id, H5T_STR_NULLPAD) }
    let extent = [hsize_t(list.count)]
    let space = try Handle<DataspaceKind>(at: place, "H5Screate_simple") { H5Screate_simple(1, extent, nil) }
    let attribute = try create(name, type, space, at: place)
    if !list.isEmpty {
      var bytes: [UInt8] = []
      for text in list { bytes += Array(text.utf8) + [UInt8](repeating: 0, count: size - text.utf8.count) }
      let (attributeID, typeID) = (attribute.id, type.id)
      _ = try Library.checked("H5Awrite", at: place) { H5Awrite(attributeID, typeID, bytes) }
    }
    try attribute.close(at: place)
  }

  private func stringType(size: Int, at place: Location) throws(HDF5Error) -> Handle<DatatypeKind> {
    let type = try Handle<DatatypeKind>(at: place, "H5Tcopy") { H5Tcopy(mlpack_h5_c_string()) }
    let id = type.id
    _ = try Library.checked("H5Tset_size", at: place) { H5Tset_size(id, size) }
    return type
  }

  private func create(
    _ name: String, _ type: borrowing Handle<DatatypeKind>, _ space: borrowing Handle<DataspaceKind>,
    at place: Location
  ) throws(HDF5Error) -> Handle<AttributeKind> {
    let (typeID, spaceID) = (type.id, space.id)
    return try Handle(at: place, "H5Acreate2") {
      H5Acreate2(owner, name, typeID, spaceID, hid_t(H5P_DEFAULT), hid_t(H5P_DEFAULT))
    }
  }
}
