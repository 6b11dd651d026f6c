/// Why the bytes of an archive cannot be used, or made.
package enum ZipError: Error, Hashable, CustomStringConvertible {
  /// libzip refused the archive, or one of its members.
  case damaged(String)
  case missing(String)
  case duplicate(String)
  /// A name that leads out of the folder that the archive stands for.
  case badName(String)
  case encrypted(String)
  /// A method other than stored and deflated.
  case unsupportedMethod(String, method: Int)
  /// A member, or all of them, that would be larger than the limit, or than what deflate can make of its bytes.
  case tooLarge(String, limit: Int)
  case tooMany(Int)
  /// libzip could not make an archive.
  case notWritten(String)

  package var description: String {
    switch self {
    case .damaged(let why): "is a damaged zip archive: \(why)"
    case .missing(let name): "has no member '\(name)'"
    case .duplicate(let name): "has member '\(name)' twice"
    case .badName(let name): "has a member '\(name)' whose name leads out of the archive"
    case .encrypted(let name): "has an encrypted member '\(name)'"
    case .unsupportedMethod(let name, let method):
      "has member '\(name)' compressed by method \(method); only stored and deflated ones are read"
    case .tooLarge(let name, let limit): "has member '\(name)' of more bytes than the limit of \(limit)"
    case .tooMany(let count): "has \(count) members, more than a model has"
    case .notWritten(let why): "the archive could not be made: \(why)"
    }
  }
}
