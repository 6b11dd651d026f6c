internal import CHDF5
internal import Glibc

/// A group that is open, until the end of this value.
package struct Group: ~Copyable {
  let handle: Handle<GroupKind>
  package let location: Location

  init(_ handle: consuming Handle<GroupKind>, _ location: Location) {
    self.handle = handle
    self.location = location
  }

  /// The group at `path`, relative to this one.
  ///
  /// - Throws: `.missing`, `.indirectLink`, `.wrongKind`, `.badName`, or what libhdf5 said.
  package func group(at path: String) throws(HDF5Error) -> Group {
    Group(try Gate.open(path, from: handle, at: location), location.child(path))
  }

  /// The dataset at `path`, relative to this group: one that can be read without touching another file.
  ///
  /// - Throws: As `group(at:)`, and for every property of the dataset that `Dataset` refuses.
  package func dataset(at path: String) throws(HDF5Error) -> Dataset {
    try Dataset(try Gate.open(path, from: handle, at: location), location.child(path))
  }

  /// Whether the group has a member `name`, which is one name and not a path.
  package func contains(_ name: String) throws(HDF5Error) -> Bool {
    try Gate.contains(name, in: handle, at: location)
  }

  /// Whether the member `name`, which is there, is a group that a hard link leads to.
  package func isGroup(_ name: String) throws(HDF5Error) -> Bool {
    do throws(HDF5Error) {
      _ = try group(at: name)
      return true
    } catch {
      switch error.problem {
      case .wrongKind, .indirectLink: return false
      default: throw error
      }
    }
  }

  /// The names of the group's members, of whichever kind, in the order of their bytes.
  ///
  /// The corresponding C function is `H5Literate`.
  ///
  /// - Throws: `.tooLarge` for more than 4096 members, which no layer or model has.
  package func memberNames() throws(HDF5Error) -> [String] {
    let id = handle.id
    var count = hsize_t(0)
    _ = try Library.checked("H5Gget_info", at: location) { mlpack_h5_link_count(id, &count) }
    guard count <= Limits.members else { throw HDF5Error(location, .tooLarge(limit: Limits.members)) }
    // The count is what the file says, too: the names have the same limit once more.
    var names: [String?] = []
    _ = try Library.checked("H5Literate", at: location) {
      withUnsafeMutablePointer(to: &names) { names in
        mlpack_h5_visit_names(id, Group.visitName, names)
      }
    }
    guard names.count <= Limits.members else { throw HDF5Error(location, .tooLarge(limit: Limits.members)) }
    let valid = names.compactMap { $0 }
    guard valid.count == names.count else { throw HDF5Error(location, .badName) }
    return valid
  }

  /// Appends a name, or nil for one that no object may have, to the array that the second argument points to.
  private static let visitName: @convention(c) (UnsafePointer<CChar>?, UnsafeMutableRawPointer?) -> herr_t = {
    name, names in
    guard let name, let names = names?.assumingMemoryBound(to: [String?].self) else { return -1 }
    let length = strnlen(name, Limits.nameBytes + 1)
    let bytes = UnsafeRawBufferPointer(start: name, count: length)
    names.pointee.append(length <= Limits.nameBytes ? String(validating: bytes, as: UTF8.self) : nil)
    return names.pointee.count <= Limits.members ? 0 : 1
  }

  /// Creates a group `name` in this one. The corresponding C function is `H5Gcreate2`.
  package func createGroup(_ name: String) throws(HDF5Error) -> Group {
    let place = location.child(name)
    guard try Gate.components(of: name, at: location).count == 1 else { throw HDF5Error(place, .badName) }
    let creation = try Handle<PropertyListKind>(at: place, "H5Pcreate") {
      H5Pcreate(mlpack_h5_group_creation())
    }
    _ = try Library.checked("H5Pset_obj_track_times", at: place) {
      H5Pset_obj_track_times(creation.id, false)
    }
    let id = handle.id
    let created = try Handle<GroupKind>(at: place, "H5Gcreate2") {
      H5Gcreate2(id, name, hid_t(H5P_DEFAULT), creation.id, hid_t(H5P_DEFAULT))
    }
    return Group(created, place)
  }
}
