/// Where something is: a file, and an object or attribute in it.
package struct Location: Sendable, Hashable, CustomStringConvertible {
  package let file: String
  /// Absolute path inside the file; an attribute as `/group@name`.
  package let path: String

  package init(file: String, path: String = "/") {
    self.file = file
    self.path = path
  }

  /// The location of a member of this group.
  func child(_ name: String) -> Location {
    Location(file: file, path: path == "/" ? "/" + name : path + "/" + name)
  }

  func attribute(_ name: String) -> Location { Location(file: file, path: path + "@" + name) }

  package var description: String { path == "/" ? "'\(file)'" : "'\(path)' in '\(file)'" }
}

/// Why a file could not be read or written through libhdf5.
package struct HDF5Error: Error, Hashable, CustomStringConvertible {
  package enum Problem: Sendable, Hashable {
    /// libhdf5 itself failed.
    case callFailed(function: String, message: String)
    case missing
    /// The link is soft, external or of a kind that an application defined.
    case indirectLink
    case wrongKind(expected: String)
    case badName
    case externalStorage
    case unsupportedLayout(String)
    case unsupportedFilter(Int)
    case repeatedFilter(Int)
    /// Declared, but never written: it would read as zeros.
    case neverWritten
    case storageSize(expected: Int, found: Int)
    /// Some chunks would read as zeros, or there are more than the shape asks for.
    case missingChunks(expected: Int, found: Int)
    case tooLarge(limit: Int)
    case badShape(String)
    case notText(String)
  }

  package let location: Location
  package let problem: Problem

  init(_ location: Location, _ problem: Problem) {
    self.location = location
    self.problem = problem
  }

  package var description: String { "\(location): \(problem)" }
}

extension HDF5Error.Problem: CustomStringConvertible {
  package var description: String {
    switch self {
    case .callFailed(let function, let message): "\(function) failed: \(message)"
    case .missing: "is not there"
    case .indirectLink: "is a soft or external link; only hard links are followed"
    case .wrongKind(let expected): "is not a \(expected)"
    case .badName: "is not a name that an object can have"
    case .externalStorage: "keeps its data in another file, which is refused"
    case .unsupportedLayout(let layout):
      "has \(layout) layout; only contiguous, chunked and compact data are read"
    case .unsupportedFilter(let id):
      "is stored through filter \(id); only deflate, shuffle and fletcher32 are read"
    case .repeatedFilter(let id): "is stored through filter \(id) more than once"
    case .neverWritten: "was declared but never written"
    case .storageSize(let expected, let found):
      "takes \(found) bytes in the file where \(expected) are expected"
    case .missingChunks(let expected, let found):
      "has \(found) chunks in the file where \(expected) are expected"
    case .tooLarge(let limit): "is larger than the limit of \(limit)"
    case .badShape(let why): why
    case .notText(let why): "is not text: \(why)"
    }
  }
}
