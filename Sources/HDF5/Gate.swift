internal import CHDF5

/// The one way to a group or dataset of a file: name by name, through hard links alone.
///
/// Soft links, external links and links of applications may lead to other files; no other code of this module
/// opens an object by a path.
enum Gate {
  /// Opens the object that `path` leads to from the group `parent`.
  ///
  /// - Parameter path: Names joined by `/`, relative to `parent`.
  static func open<Kind: ObjectKind>(
    _ path: String, from parent: borrowing Handle<GroupKind>, at location: Location
  ) throws(HDF5Error) -> Handle<Kind> {
    let names = try components(of: path, at: location)
    guard names.count > 1 else { return try follow(path, from: parent, at: location) }
    var place = location.child(names[0])
    var group: Handle<GroupKind> = try follow(names[0], from: parent, at: location)
    for name in names[1..<(names.count - 1)] {
      let next: Handle<GroupKind> = try follow(name, from: group, at: place)
      group = next
      place = place.child(name)
    }
    return try follow(names[names.count - 1], from: group, at: place)
  }

  /// Whether the group has a link of this name, of whichever kind.
  static func contains(
    _ name: String, in group: borrowing Handle<GroupKind>, at location: Location
  ) throws(HDF5Error) -> Bool {
    try check(name, at: location)
    let id = group.id
    return try Library.checked("H5Lexists", at: location.child(name)) {
      H5Lexists(id, name, hid_t(H5P_DEFAULT))
    } > 0
  }

  /// The names that a path is made of, each of them one that an object can have.
  static func components(of path: String, at location: Location) throws(HDF5Error) -> [String] {
    let names = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard names.count <= Limits.depth else { throw HDF5Error(location.child(path), .badName) }
    for name in names { try check(name, at: location) }
    return names
  }

  private static func check(_ name: String, at location: Location) throws(HDF5Error) {
    let bytes = name.utf8
    guard !name.isEmpty, name != ".", name != "..", bytes.count <= Limits.nameBytes, !bytes.contains(0),
      !bytes.contains(UInt8(ascii: "/"))
    else { throw HDF5Error(location.child(name), .badName) }
  }

  private static func follow<Kind: ObjectKind>(
    _ name: String, from parent: borrowing Handle<GroupKind>, at location: Location
  ) throws(HDF5Error) -> Handle<Kind> {
    let place = location.child(name)
    try check(name, at: location)
    let id = parent.id
    var link = H5L_TYPE_ERROR
    if Library.call({ mlpack_h5_link_type(id, name, &link) }) < 0 {
      // Asked only now: nearly every name is there, and each question costs a search.
      let isThere = try contains(name, in: parent, at: location)
      throw HDF5Error(
        place, isThere ? .callFailed(function: "H5Lget_info", message: "the link is damaged") : .missing)
    }
    guard link == H5L_TYPE_HARD else { throw HDF5Error(place, .indirectLink) }
    let handle = try Handle<Kind>(at: place, "H5Oopen") { H5Oopen(id, name, hid_t(H5P_DEFAULT)) }
    let object = handle.id
    guard Library.call({ H5Iget_type(object) == Kind.identifierType }) else {
      throw HDF5Error(place, .wrongKind(expected: Kind.noun))
    }
    return handle
  }
}
