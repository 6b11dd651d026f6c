internal import CHDF5
import Synchronization

/// The door to libhdf5: one call at a time in the process, and no word of the library on standard error.
///
/// libhdf5 is thread-safe only in some builds, and its error stack is one variable in the others.
enum Library {
  private static let isConfigured = Mutex(false)

  /// Runs `body`, which makes calls of libhdf5, while no other thread is inside the library.
  ///
  /// Not to be nested: the lock is not recursive.
  static func call<R: Sendable>(_ body: () -> R) -> R {
    isConfigured.withLock { isConfigured in
      // The handler belongs to the thread in thread-safe builds, so that every call has to unset it.
      H5Eset_auto2(hid_t(H5E_DEFAULT), nil, nil)
      if !isConfigured {
        isConfigured = true
        forbidForeignCode()
      }
      return body()
    }
  }

  /// Runs one function of libhdf5 that reports failure by a negative result.
  ///
  /// - Parameter function: The function's name, for the error.
  /// - Returns: The result, zero or more.
  /// - Throws: `HDF5Error` of `location` with what the library said.
  static func checked<R: SignedInteger & Sendable>(
    _ function: StaticString, at location: Location, _ body: () -> R
  ) throws(HDF5Error) -> R {
    let (result, message) = call {
      let result = body()
      return (result, result < 0 ? innermostMessage() : nil)
    }
    guard result >= 0 else {
      throw HDF5Error(location, .callFailed(function: "\(function)", message: message ?? "no reason given"))
    }
    return result
  }

  /// A file may name a filter, for which libhdf5 would load a shared library, or another file to read from.
  private static func forbidForeignCode() {
    H5PLset_loading_state(0)
    H5Lunregister(H5L_TYPE_EXTERNAL)
  }

  /// The first entry that was pushed on the error stack: the cause, not the function that was called.
  private static func innermostMessage() -> String? {
    var message: String?
    withUnsafeMutablePointer(to: &message) { target in
      _ = H5Ewalk2(
        hid_t(H5E_DEFAULT), H5E_WALK_UPWARD,
        { depth, entry, target in
          guard depth == 0, let description = entry?.pointee.desc else { return 0 }
          target?.assumingMemoryBound(to: String?.self).pointee = String(cString: description)
          return 0
        }, target)
    }
    return message
  }
}
