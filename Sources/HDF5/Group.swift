internal import CHDF5

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
