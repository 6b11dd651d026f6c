internal import CHDF5
import Synchronization

/// An HDF5 file that is open, until `close()` or the end of this value.
///
/// It is an image: the file's bytes in memory, which whoever has them took from where they are and puts where they
/// belong. libhdf5 opens no file of the system's.
package struct File: ~Copyable {
  private let handle: Handle<FileKind>
  private let location: Location
  /// Where an image is left when it is closed.
  private let memory: ImageMemory

  /// Opens an image to read it, without a copy. The corresponding C function is `H5Fopen`.
  ///
  /// - Parameters:
  ///   - image: Bytes that stay where they are, unchanged, as long as anything of the file is open.
  ///   - name: What stands for the file in errors.
  package init(readingImage image: UnsafeRawBufferPointer, name: String) throws(HDF5Error) {
    try self.init(image, mlpack_h5_read_only(), ImageMemory(lent: image), name)
  }

  /// Opens an image, of which it makes a copy, to change datasets in place.
  package init(updatingImage image: UnsafeRawBufferPointer, name: String) throws(HDF5Error) {
    try self.init(image, mlpack_h5_read_write(), ImageMemory(), name)
  }

  private init(
    _ image: UnsafeRawBufferPointer, _ mode: UInt32, _ memory: ImageMemory, _ name: String
  ) throws(HDF5Error) {
    location = Location(file: name)
    self.memory = memory
    guard !image.isEmpty else { throw HDF5Error(location, .badShape("has no bytes")) }
    let access = try File.memoryAccess(memory, location)
    let id = access.id
    // The library declares the bytes as not constant.
    let bytes = UnsafeMutableRawPointer(mutating: image.baseAddress)
    _ = try Library.checked("H5Pset_file_image", at: location) { H5Pset_file_image(id, bytes, image.count) }
    let imageName = File.newImageName()
    handle = try Handle(at: location, "H5Fopen") { H5Fopen(imageName, mode, id) }
  }

  /// Begins an image. The corresponding C function is `H5Fcreate`.
  package init(creatingImageFor name: String) throws(HDF5Error) {
    location = Location(file: name)
    memory = ImageMemory()
    let access = try File.memoryAccess(memory, location)
    let creation = try Handle<PropertyListKind>(at: location, "H5Pcreate") {
      H5Pcreate(mlpack_h5_file_creation())
    }
    let (creationID, accessID) = (creation.id, access.id)
    _ = try Library.checked("H5Pset_obj_track_times", at: location) {
      H5Pset_obj_track_times(creationID, false)
    }
    let imageName = File.newImageName()
    handle = try Handle(at: location, "H5Fcreate") {
      H5Fcreate(imageName, mlpack_h5_truncate(), creationID, accessID)
    }
  }

  /// The group that all others are in.
  package func root() throws(HDF5Error) -> Group {
    let id = handle.id
    return Group(try Handle(at: location, "H5Gopen2") { H5Gopen2(id, "/", hid_t(H5P_DEFAULT)) }, location)
  }

  /// Closes.
  ///
  /// - Throws: Also where a group or dataset of an image is still open.
  package consuming func close() throws(HDF5Error) {
    let location = location
    try handle.close(at: location)
  }

  /// Closes an image and gives its bytes.
  ///
  /// - Throws: Also where a group or dataset of the file is still open.
  package consuming func finishedImage() throws(HDF5Error) -> [UInt8] {
    let (id, location, memory) = (handle.id, location, memory)
    _ = try Library.checked("H5Fflush", at: location) { H5Fflush(id, H5F_SCOPE_LOCAL) }
    // The memory is longer: it grows in steps. Without a buffer the call only tells the length.
    let count = try Library.checked("H5Fget_file_image", at: location) { H5Fget_file_image(id, nil, 0) }
    try handle.close(at: location)
    guard let bytes = memory.bytes(count: count) else {
      throw HDF5Error(location, .callFailed(function: "H5Fclose", message: "the image was not left behind"))
    }
    return bytes
  }

  private static let imageCount = Atomic(0)

  /// A name for an image: the library takes two of one name for one file, and refuses that of a file on the disk.
  private static func newImageName() -> String {
    "/dev/null/image \(imageCount.add(1, ordering: .relaxed).newValue)"
  }

  private static func memoryAccess(
    _ memory: ImageMemory, _ location: Location
  ) throws(HDF5Error) -> Handle<PropertyListKind> {
    let access = try Handle<PropertyListKind>(at: location, "H5Pcreate") {
      H5Pcreate(mlpack_h5_file_access())
    }
    let id = access.id
    let growth = 1 << 16
    _ = try Library.checked("H5Pset_fapl_core", at: location) { H5Pset_fapl_core(id, growth, false) }
    _ = try Library.checked("H5Pset_file_image_callbacks", at: location) { memory.attach(to: id) }
    guard !memory.isLent else { return access }
    // With the default degree, closing a file that has open objects succeeds without writing it.
    _ = try Library.checked("H5Pset_fclose_degree", at: location) { H5Pset_fclose_degree(id, H5F_CLOSE_SEMI) }
    return access
  }
}
