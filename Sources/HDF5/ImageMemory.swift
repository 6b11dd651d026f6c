internal import CHDF5
internal import Glibc

/// The memory that a file image lives in, which libhdf5 gives up when it closes the file.
///
/// `H5Fget_file_image` copies the image of a file that is still open, with a superblock that says so: its checksum is
/// then wrong from superblock version 3 on. The memory that is left after `H5Fclose` is what a file on the disk
/// would be.
final class ImageMemory {
  private var base: UnsafeMutableRawPointer?
  /// Bytes that are not this object's: the library gets them wherever it wants to copy them, and frees nothing.
  private let lent: UnsafeRawBufferPointer?

  /// - Parameter lent: The whole image of a file that is only read, which outlives it.
  init(lent: UnsafeRawBufferPointer? = nil) { self.lent = lent }

  deinit { free(base) }

  var isLent: Bool { lent != nil }

  /// The first `count` bytes of the closed file's memory; nil where it is not closed.
  func bytes(count: Int) -> [UInt8]? {
    base.map { Array(UnsafeRawBufferPointer(start: $0, count: count)) }
  }

  /// Lets files that are opened or created with this property list put their image here.
  func attach(to access: hid_t) -> herr_t {
    var callbacks = H5FD_file_image_callbacks_t()
    callbacks.image_malloc = { size, operation, owner in
      if operation == H5FD_FILE_IMAGE_OP_FILE_OPEN { ImageMemory.retain(owner) }
      guard let lent = ImageMemory.lent(by: owner) else { return malloc(size) }
      return size == lent.count ? UnsafeMutableRawPointer(mutating: lent.baseAddress) : nil
    }
    callbacks.image_memcpy = { target, source, size, _, _ in
      guard let target, let source else { return nil }
      return UnsafeRawPointer(target) == source ? target : memcpy(target, source, size)
    }
    callbacks.image_realloc = { memory, size, _, owner in
      guard ImageMemory.lent(by: owner) == nil else { return nil }
      if memory == nil { ImageMemory.retain(owner) }
      return realloc(memory, size)
    }
    callbacks.image_free = { memory, operation, owner in
      let isLent = ImageMemory.lent(by: owner) != nil
      if operation == H5FD_FILE_IMAGE_OP_FILE_CLOSE, let owner {
        let object = Unmanaged<ImageMemory>.fromOpaque(owner).takeRetainedValue()
        if !isLent { object.base = memory }
      } else if !isLent {
        free(memory)
      }
      return 0
    }
    callbacks.udata_copy = { owner in
      ImageMemory.retain(owner)
      return owner
    }
    callbacks.udata_free = { owner in
      if let owner { Unmanaged<ImageMemory>.fromOpaque(owner).release() }
      return 0
    }
    callbacks.udata = Unmanaged.passUnretained(self).toOpaque()
    return H5Pset_file_image_callbacks(access, &callbacks)
  }

  private static func lent(by owner: UnsafeMutableRawPointer?) -> UnsafeRawBufferPointer? {
    owner.flatMap { Unmanaged<ImageMemory>.fromOpaque($0).takeUnretainedValue().lent }
  }

  /// A file keeps no reference of its own to the owner of its memory, so it has one from the first byte that it
  /// gets until it is closed.
  private static func retain(_ owner: UnsafeMutableRawPointer?) {
    if let owner { _ = Unmanaged<ImageMemory>.fromOpaque(owner).retain() }
  }
}
