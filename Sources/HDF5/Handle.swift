internal import CHDF5

/// A kind of thing that libhdf5 hands out identifiers for; the library itself has one type for all of them.
protocol HandleKind {
  /// The C function that closes it.
  static var closeFunction: StaticString { get }
  static func close(_ id: hid_t) -> herr_t
}

/// The one owner of an identifier of libhdf5, which is closed with it.
struct Handle<Kind: HandleKind>: ~Copyable {
  let id: hid_t

  /// Takes over the identifier that `open` returns.
  init(at location: Location, _ function: StaticString, _ open: () -> hid_t) throws(HDF5Error) {
    id = try Library.checked(function, at: location, open)
  }

  /// Closes now, where a failure matters: libhdf5 may write as late as here.
  consuming func close(at location: Location) throws(HDF5Error) {
    let id = id
    discard self
    _ = try Library.checked(Kind.closeFunction, at: location) { Kind.close(id) }
  }

  deinit {
    let id = id
    _ = Library.call { Kind.close(id) }
  }
}

enum FileKind: HandleKind {
  static var closeFunction: StaticString { "H5Fclose" }
  static func close(_ id: hid_t) -> herr_t { H5Fclose(id) }
}

enum AttributeKind: HandleKind {
  static var closeFunction: StaticString { "H5Aclose" }
  static func close(_ id: hid_t) -> herr_t { H5Aclose(id) }
}

enum DatatypeKind: HandleKind {
  static var closeFunction: StaticString { "H5Tclose" }
  static func close(_ id: hid_t) -> herr_t { H5Tclose(id) }
}

enum DataspaceKind: HandleKind {
  static var closeFunction: StaticString { "H5Sclose" }
  static func close(_ id: hid_t) -> herr_t { H5Sclose(id) }
}

enum PropertyListKind: HandleKind {
  static var closeFunction: StaticString { "H5Pclose" }
  static func close(_ id: hid_t) -> herr_t { H5Pclose(id) }
}

/// A kind of handle that a link can lead to. `H5Oclose` closes whichever object the file really has there.
protocol ObjectKind: HandleKind {
  static var noun: String { get }
  static var identifierType: H5I_type_t { get }
}

extension ObjectKind {
  static var closeFunction: StaticString { "H5Oclose" }
  static func close(_ id: hid_t) -> herr_t { H5Oclose(id) }
}

enum GroupKind: ObjectKind {
  static var noun: String { "group" }
  static var identifierType: H5I_type_t { H5I_GROUP }
}

enum DatasetKind: ObjectKind {
  static var noun: String { "dataset" }
  static var identifierType: H5I_type_t { H5I_DATASET }
}
