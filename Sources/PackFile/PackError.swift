/// A file that is no pack, or a pack that cannot be written.
public struct PackError: Error, Hashable, CustomStringConvertible {
  /// As the caller gave it; nil while a pack is being encoded.
  public let file: String?
  public let violation: PackViolation

  public init(file: String?, violation: PackViolation) {
    self.file = file
    self.violation = violation
  }

  /// Whether the pack is sound, and only memory was too little.
  public var isOfMemory: Bool { if case .noMemory = violation { true } else { false } }

  public var description: String {
    let rule = "rule P-\(violation.rule < 10 ? "0" : "")\(violation.rule)"
    guard let file else { return "the pack cannot be written: \(violation) (\(rule))" }
    return switch violation {
    case .wrongMagic, .tooShort:
      "'\(file)' is not an mlpack file: \(violation) (\(rule)); 'mlpack import' makes a pack of a Keras file"
    case .unsupportedVersion, .unknownFeatures:
      "'\(file)' cannot be read: \(violation) (\(rule)); update mlpack or import the source again"
    case .noMemory: "'\(file)' cannot be read: \(violation); end other programs, or import without --compress"
    default: "'\(file)' is damaged: \(violation) (\(rule)); import the source again"
    }
  }
}
