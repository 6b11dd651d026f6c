internal import CHDF5

/// An HDF5 file that is open, until `close()` or the end of this value.
package struct File: ~Copyable {
  private let handle: Handle<FileKind>
  private let path: String

  /// Opens a file to read it. The corresponding C function is `H5Fopen`.
  package init(reading path: String) throws(HDF5Error) {
    let location = Location(file: path)
    let access = try File.access(location)
    handle = try Handle(at: location, "H5Fopen") { H5Fopen(path, mlpack_h5_read_only(), access.id) }
    self.path = path
  }

  /// Opens a file to change datasets in place. The corresponding C function is `H5Fopen`.
  package init(updating path: String) throws(HDF5Error) {
    let location = Location(file: path)
    let access = try File.writingAccess(location)
    handle = try Handle(at: location, "H5Fopen") { H5Fopen(path, mlpack_h5_read_write(), access.id) }
    self.path = path
  }

  /// Creates a file, in place of one that is there. The corresponding C function is `H5Fcreate`.
  package init(creating path: String) throws(HDF5Error) {
    let location = Location(file: path)
    let access = try File.writingAccess(location)
    let creation = try Handle<PropertyListKind>(at: location, "H5Pcreate") {
      H5Pcreate(mlpack_h5_file_creation())
    }
    _ = try Library.checked("H5Pset_obj_track_times", at: location) {
      H5Pset_obj_track_times(creation.id, false)
    }
    handle = try Handle(at: location, "H5Fcreate") {
      H5Fcreate(path, mlpack_h5_truncate(), creation.id, access.id)
    }
    self.path = path
  }

  /// The group that all others are in.
  package func root() throws(HDF5Error) -> Group {
    let location = Location(file: path)
    let id = handle.id
    return Group(try Handle(at: location, "H5Gopen2") { H5Gopen2(id, "/", hid_t(H5P_DEFAULT)) }, location)
  }

  /// Writes what is still in memory and closes. A file that was written is whole only after this.
  ///
  /// - Throws: Also where a group or dataset of the file is still open.
  package consuming func close() throws(HDF5Error) {
    let location = Location(file: path)
    let id = handle.id
    _ = try Library.checked("H5Fflush", at: location) { H5Fflush(id, H5F_SCOPE_LOCAL) }
    try handle.close(at: location)
  }

  private static func access(_ location: Location) throws(HDF5Error) -> Handle<PropertyListKind> {
    let access = try Handle<PropertyListKind>(at: location, "H5Pcreate") {
      H5Pcreate(mlpack_h5_file_access())
    }
    let id = access.id
    _ = try Library.checked("H5Pset_file_locking", at: location) { mlpack_h5_without_file_locking(id) }
    return access
  }

  /// With the default degree, closing a file that has open objects succeeds without writing it.
  private static func writingAccess(_ location: Location) throws(HDF5Error) -> Handle<PropertyListKind> {
    let access = try access(location)
    let id = access.id
    _ = try Library.checked("H5Pset_fclose_degree", at: location) { H5Pset_fclose_degree(id, H5F_CLOSE_SEMI) }
    return access
  }
}
