import Glibc

/// Why a file does not give an image.
public enum ImageError: Error, Sendable, Hashable, CustomStringConvertible {
  case notFound(file: String)
  case cannotRead(file: String, why: String)
  /// The content is of no format that mlpack knows, whatever the name says.
  case notAnImage(file: String)
  /// An image, but of a format or kind that mlpack does not decode.
  case unsupported(file: String, what: String)
  case damaged(file: String, format: String, why: String)
  case tooLarge(file: String, why: String)

  public var description: String {
    switch self {
    case .notFound(let file): "\(file): no such file"
    case .cannotRead(let file, let why): "\(file): cannot be read: \(why)"
    case .notAnImage(let file): "\(file): not a JPEG, PNG, WebP or BMP image; convert it"
    case .unsupported(let file, let what): "\(file): \(what) is not supported; convert it to JPEG or PNG"
    case .damaged(let file, let format, let why): "\(file): damaged \(format): \(why); fetch or save it again"
    case .tooLarge(let file, let why): "\(file): too large: \(why); scale it down"
    }
  }

  static func system(_ code: Int32, _ path: FilePath) -> ImageError {
    code == ENOENT || code == ENOTDIR
      ? .notFound(file: path.description)
      : .cannotRead(file: path.description, why: errorText(code))
  }
}

/// The system's own words for an error number.
func errorText(_ code: Int32) -> String { String(cString: strerror(code)) }
