internal import CHDF5

/// The type of a dataset's elements, as far as it matters here: the floating-point numbers that Keras stores,
/// in either byte order.
package enum Datatype: Sendable, Hashable, CustomStringConvertible {
  /// IEEE 754, two bytes.
  case float16
  /// The upper half of a `float32`. HDF5 has no such type: Keras stores it as two opaque bytes, little-endian.
  case bfloat16
  /// IEEE 754, four bytes.
  case float32
  /// IEEE 754, eight bytes.
  case float64
  case other(String)

  package var description: String {
    switch self {
    case .float16: "float16"
    case .bfloat16: "bfloat16"
    case .float32: "float32"
    case .float64: "float64"
    case .other(let name): name
    }
  }

  /// Bytes of one element; nil for types that are only named.
  package var byteCount: Int? {
    switch self {
    case .float16, .bfloat16: 2
    case .float32: 4
    case .float64: 8
    case .other: nil
    }
  }
}

/// Where the sign, the exponent and the mantissa of a floating-point type lie, counted in bits from the lowest.
private struct FloatFields: Equatable {
  var sign = 0
  var exponent = 0
  var exponentBits = 0
  var mantissa = 0
  var mantissaBits = 0
  var bias = 0

  static let float16 = FloatFields(sign: 15, exponent: 10, exponentBits: 5, mantissaBits: 10, bias: 15)
  static let bfloat16 = FloatFields(sign: 15, exponent: 7, exponentBits: 8, mantissaBits: 7, bias: 127)
  static let float32 = FloatFields(sign: 31, exponent: 23, exponentBits: 8, mantissaBits: 23, bias: 127)
  static let float64 = FloatFields(sign: 63, exponent: 52, exponentBits: 11, mantissaBits: 52, bias: 1023)

  /// - Parameter type: Of class `H5T_FLOAT`.
  static func of(_ type: hid_t) -> FloatFields {
    var fields = FloatFields()
    withUnsafeTemporaryAllocation(of: Int.self, capacity: 5) { numbers in
      numbers.initialize(repeating: 0)
      guard let base = numbers.baseAddress,
        H5Tget_fields(type, base, base + 1, base + 2, base + 3, base + 4) >= 0
      else { return }
      fields = FloatFields(
        sign: numbers[0], exponent: numbers[1], exponentBits: numbers[2], mantissa: numbers[3],
        mantissaBits: numbers[4], bias: H5Tget_ebias(type))
    }
    return fields
  }
}

extension Datatype {
  /// The meaning of a type in a file, the bytes of an element, and whether these are in little-endian order.
  static func of(
    _ type: borrowing Handle<DatatypeKind>, at location: Location
  ) throws(HDF5Error) -> (Datatype, size: Int, isLittleEndian: Bool) {
    let id = type.id
    let (size, kind, order) = Library.call { (H5Tget_size(id), H5Tget_class(id), H5Tget_order(id)) }
    guard size > 0 else {
      throw HDF5Error(location, .callFailed(function: "H5Tget_size", message: "no size"))
    }
    if kind == H5T_FLOAT, let float = Library.call({ float(id, size: size) }) {
      return (float, size, order == H5T_ORDER_LE)
    }
    if kind == H5T_OPAQUE, size == 2 { return (.bfloat16, size, true) }
    return (.other("\(name(of: kind)) of \(size) bytes"), size, false)
  }

  private static func float(_ type: hid_t, size: Int) -> Datatype? {
    guard [H5T_ORDER_LE, H5T_ORDER_BE].contains(H5Tget_order(type)), H5Tget_norm(type) == H5T_NORM_IMPLIED
    else { return nil }
    let fields = FloatFields.of(type)
    return switch size {
    case 2 where fields == .float16: .float16
    case 2 where fields == .bfloat16: .bfloat16
    case 4 where fields == .float32: .float32
    case 8 where fields == .float64: .float64
    default: nil
    }
  }

  private static func name(of kind: H5T_class_t) -> String {
    switch kind {
    case H5T_INTEGER: "an integer"
    case H5T_FLOAT: "a float"
    case H5T_STRING: "text"
    case H5T_OPAQUE: "an opaque type"
    case H5T_COMPOUND: "a compound type"
    case H5T_ENUM: "an enumeration"
    default: "a type"
    }
  }

  /// The type that a new dataset has in a file, as h5py makes it for Keras.
  func created(at location: Location) throws(HDF5Error) -> Handle<DatatypeKind> {
    switch self {
    case .float32, .other: return try copy(mlpack_h5_float32_little_endian(), at: location)
    case .float64: return try copy(mlpack_h5_float64_little_endian(), at: location)
    case .bfloat16:
      return try Handle<DatatypeKind>(at: location, "H5Tcreate") { H5Tcreate(H5T_OPAQUE, 2) }
    case .float16:
      let type = try copy(mlpack_h5_float32_little_endian(), at: location)
      let id = type.id
      _ = try Library.checked("H5Tset_fields", at: location) {
        // The fields have to lie inside the type at every step: they move before it shrinks.
        let moved = H5Tset_fields(id, 15, 10, 5, 0, 10)
        return moved < 0 ? moved : H5Tset_size(id, 2) < 0 ? -1 : H5Tset_ebias(id, 15)
      }
      return type
    }
  }

  private func copy(_ type: hid_t, at location: Location) throws(HDF5Error) -> Handle<DatatypeKind> {
    try Handle<DatatypeKind>(at: location, "H5Tcopy") { H5Tcopy(type) }
  }
}
