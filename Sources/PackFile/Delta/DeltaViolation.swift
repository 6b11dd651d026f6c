/// The rule of DELTA.md that a file breaks, alone or together with the base that it is applied to.
public enum DeltaViolation: Error, Hashable {
  /// A rule of FORMAT.md about preambles and fields.
  case field(PackViolation)
  /// A rule of FORMAT.md about the preamble and the header of the pack that the delta gives.
  case pack(PackViolation)
  case frontContinues(extra: Int)
  case badEntry(Int, index: Int, payloads: Int)
  case badForm(payload: String)
  case dataEndsEarly(payload: String)
  case dataContinues(at: Int)
  case dataChecksum(stored: UInt32, computed: UInt32)
  case otherBase(String, expected: String, found: String)
  case missingPayload(String)
  /// A rule of FORMAT.md that the whole pack breaks.
  case result(PackViolation)
  case otherResult(expected: String, found: String)
}

extension DeltaViolation: CustomStringConvertible {
  /// The rule's number in DELTA.md.
  public var rule: Int { entry.rule }

  public var description: String { entry.text }

  private var entry: (rule: Int, text: String) {
    switch self {
    case .field(.tooShort(let length)): (1, "it has \(length) bytes, fewer than every delta")
    case .field(.wrongMagic): (1, "it does not begin as a delta does")
    case .field(let violation): (1, violation.description)
    case .pack(let violation): (2, "of the pack that it gives: \(violation)")
    case .frontContinues(let extra): (3, "the header goes on for \(extra) bytes after its last field")
    case .badEntry(let entry, let index, let payloads):
      (4, "entry \(entry), of payload \(index), is out of order or of none of the \(payloads) payloads")
    case .badForm(let payload): (5, "'\(payload)' is carried in a form that it cannot have")
    case .dataEndsEarly(let payload): (6, "the file ends within '\(payload)'")
    case .dataContinues(let offset): (6, "there is data at byte \(offset), after the last payload")
    case .dataChecksum(let stored, let computed):
      (
        7,
        "the checksum of the data is 0x\(String(computed, radix: 16)); stored is 0x\(String(stored, radix: 16))"
      )
    case .otherBase(let base, let expected, let found):
      (8, "it is for the pack with SHA-256 \(short(expected)); '\(base)' has \(short(found))")
    case .missingPayload(let payload): (9, "'\(payload)' is neither in it nor in its base")
    case .result(let violation): (10, "what it gives is no pack: \(violation)")
    case .otherResult(let expected, let found):
      (11, "the pack that it gives has SHA-256 \(short(found)) instead of \(short(expected))")
    }
  }

  private func short(_ digest: String) -> String { "\(digest.prefix(12))…" }
}

/// A file that is no delta, a delta that cannot be written, or one that does not fit its base.
public struct DeltaError: Error, Hashable, CustomStringConvertible {
  /// As the caller gave it; nil for a delta in memory.
  public let file: String?
  public let violation: DeltaViolation

  public init(file: String?, violation: DeltaViolation) {
    self.file = file
    self.violation = violation
  }

  public var description: String {
    let rule = "rule D-\(violation.rule < 10 ? "0" : "")\(violation.rule)"
    let file = file.map { "'\($0)'" } ?? "the delta"
    return switch violation {
    case .field(.wrongMagic), .field(.tooShort):
      "\(file) is not a delta: \(violation) (\(rule)); 'mlpack delta' makes one of two packs"
    case .field(.unsupportedVersion), .field(.unknownFeatures), .pack(.unsupportedVersion),
      .pack(.unknownFeatures):
      "\(file) cannot be read: \(violation) (\(rule)); update mlpack"
    case .result, .otherResult:
      "\(file) does not give its pack: \(violation) (\(rule)); it is damaged, or the pack was compressed by "
        + "another zlib"
    case .otherBase:
      "\(file) does not belong to this base: \(violation) (\(rule)); give the pack that it was made from"
    default: "\(file) is damaged: \(violation) (\(rule)); fetch or make it again"
    }
  }
}
