internal import CHDF5
internal import Glibc

extension Group {
  /// The text of the attribute `name`, or nil where there is none of that name.
  ///
  /// - Throws: `.notText` also where it is not one string.
  package func text(_ name: String) throws(HDF5Error) -> String? {
    try Attributes(owner: handle.id, location).text(name)
  }

  /// The list of strings of the attribute `name`, or nil where there is none.
  ///
  /// Keras splits a list that does not fit one attribute into `name0`, `name1`, …
  package func texts(_ name: String) throws(HDF5Error) -> [String]? {
    try Attributes(owner: handle.id, location).texts(name)
  }
}

/// Text in attributes, in each of the ways that Keras and its h5py have stored it: fixed length padded with
/// NUL or space or ended by NUL, or variable length; ASCII or UTF-8; one string or a list of them.
///
/// - Note: The object that they belong to must outlive the value.
struct Attributes {
  let owner: hid_t
  let location: Location

  init(owner: hid_t, _ location: Location) {
    self.owner = owner
    self.location = location
  }

  func text(_ name: String) throws(HDF5Error) -> String? {
    guard let found = try storedStrings(name) else { return nil }
    guard found.count == 1, let text = found.first else {
      throw HDF5Error(location.attribute(name), .notText("\(found.count) strings where one is expected"))
    }
    return text
  }

  func texts(_ name: String) throws(HDF5Error) -> [String]? {
    if let whole = try storedStrings(name) { return whole }
    guard var list = try storedStrings(name + "0") else { return nil }
    var part = 1
    while let more = try storedStrings(name + "\(part)") {
      list += more
      guard list.count <= Limits.strings, part < Limits.strings else {
        throw HDF5Error(location.attribute(name), .tooLarge(limit: Limits.strings))
      }
      part += 1
    }
    return list
  }

  private func storedStrings(_ name: String) throws(HDF5Error) -> [String]? {
    let place = location.attribute(name)
    guard try Library.checked("H5Aexists", at: place, { H5Aexists(owner, name) }) > 0 else { return nil }
    let attribute = try Handle<AttributeKind>(at: place, "H5Aopen") {
      H5Aopen(owner, name, hid_t(H5P_DEFAULT))
    }
    let attributeID = attribute.id
    let space = try Handle<DataspaceKind>(at: place, "H5Aget_space") { H5Aget_space(attributeID) }
    let spaceID = space.id
    let count = try Library.checked("H5Sget_simple_extent_npoints", at: place) {
      H5Sget_simple_extent_npoints(spaceID)
    }
    // A layer without weights has an empty list of float64, so the count comes before the type.
    guard count > 0 else { return [] }
    guard count <= Limits.strings else { throw HDF5Error(place, .tooLarge(limit: Limits.strings)) }
    let type = try Handle<DatatypeKind>(at: place, "H5Aget_type") { H5Aget_type(attributeID) }
    let typeID = type.id
    guard Library.call({ H5Tget_class(typeID) }) == H5T_STRING else {
      throw HDF5Error(place, .notText("its elements are no strings"))
    }
    let isVariable = try Library.checked("H5Tis_variable_str", at: place) { H5Tis_variable_str(typeID) } > 0
    return isVariable
      ? try variableStrings(attribute, type, space, count: Int(count), at: place)
      : try fixedStrings(attribute, type, count: Int(count), at: place)
  }

  private func fixedStrings(
    _ attribute: borrowing Handle<AttributeKind>, _ type: borrowing Handle<DatatypeKind>, count: Int,
    at place: Location
  ) throws(HDF5Error) -> [String] {
    let (attributeID, typeID) = (attribute.id, type.id)
    let (size, padding) = Library.call { (H5Tget_size(typeID), H5Tget_strpad(typeID)) }
    guard size > 0, size <= Limits.attributeBytes / count else {
      throw HDF5Error(place, .tooLarge(limit: Limits.attributeBytes))
    }
    var bytes = [UInt8](repeating: 0, count: size * count)
    _ = try Library.checked("H5Aread", at: place) { H5Aread(attributeID, typeID, &bytes) }
    var list: [String] = []
    for start in stride(from: 0, to: bytes.count, by: size) {
      let text = bytes[start..<(start + size)]
      list.append(try decode(padding == H5T_STR_SPACEPAD ? withoutTrailingSpaces(text) : text, at: place))
    }
    return list
  }

  private func withoutTrailingSpaces(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let end = bytes.lastIndex { $0 != UInt8(ascii: " ") }
    return end.map { bytes[...$0] } ?? []
  }

  /// Up to the first NUL, which ends or pads a string of either kind.
  private func decode(_ bytes: ArraySlice<UInt8>, at place: Location) throws(HDF5Error) -> String {
    guard let text = String(validating: bytes.prefix { $0 != 0 }, as: UTF8.self) else {
      throw HDF5Error(place, .notText("it is not UTF-8"))
    }
    return text
  }

  private func variableStrings(
    _ attribute: borrowing Handle<AttributeKind>, _ type: borrowing Handle<DatatypeKind>,
    _ space: borrowing Handle<DataspaceKind>, count: Int, at place: Location
  ) throws(HDF5Error) -> [String] {
    let (attributeID, typeID, spaceID) = (attribute.id, type.id, space.id)
    var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
    _ = try Library.checked("H5Aread", at: place) { H5Aread(attributeID, typeID, &pointers) }
    defer { _ = Library.call { mlpack_h5_reclaim(typeID, spaceID, &pointers) } }
    var list: [String] = []
    for pointer in pointers {
      // libhdf5 hands out a null pointer for an empty string.
      guard let pointer else {
        list.append("")
        continue
      }
      let length = strnlen(pointer, Limits.stringBytes + 1)
      guard length <= Limits.stringBytes else { throw HDF5Error(place, .tooLarge(limit: Limits.stringBytes)) }
      list.append(try decode(ArraySlice(UnsafeRawBufferPointer(start: pointer, count: length)), at: place))
    }
    return list
  }
}
