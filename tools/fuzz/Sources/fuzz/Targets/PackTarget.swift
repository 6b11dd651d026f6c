import ModelGraph

@testable import PackFile

/// The reader of packs.
struct PackTarget: FuzzTarget {
  static let name = "pack"

  func check(_ bytes: [UInt8]) {
    guard let pack = try? PackFile.decode(bytes) else { return }
    guard let encoded = try? PackFile.encode(pack) else { broken("what is read can be written") }
    if pack.compresses {
      // Deflate has many forms of the same bytes; what the writer makes of them stays.
      guard let again = try? PackFile.decode(encoded), (try? PackFile.encode(again)) == encoded else {
        broken("what is written is read, and written alike")
      }
    } else if encoded != bytes {
      broken("one pack has one encoding")
    }
    // May say that a correction does not belong to its kernel.
    _ = try? pack.unfolded()
  }

  /// The reader says what it found and what it expected, until it is content or at a loss.
  func repaired(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<24 {
      do throws(PackError) {
        _ = try PackFile.decode(bytes)
        return bytes
      } catch {
        guard error.violation.repair(&bytes) else { return bytes }
      }
    }
    return bytes
  }

  func seeds(fixtures: String) throws -> [String: [UInt8]] {
    try SmallPacks.all().mapValues { try PackFile.encode($0) }
  }
}

extension PackViolation {
  /// Sets right what a file says wrongly; the preamble of the pack begins at `start`.
  ///
  /// - Returns: Whether anything was changed.
  func repair(_ bytes: inout [UInt8], from start: Int = 0) -> Bool {
    let before = bytes
    switch self {
    case .wrongMagic: bytes.store(UInt64(0x0A1A_0A0D_504C_4D89), at: start)
    case .unsupportedVersion: bytes.store(Format.version, at: start + 8)
    case .unknownFeatures(let bits): bytes.store(bits & Features.known.rawValue, at: start + 12)
    case .unusedFeatures(_, let used): bytes.store(used, at: start + 12)
    case .wrongLength(_, let found): bytes.store(UInt64(found), at: start + 16)
    case .wrongHeaderLength: bytes.store(UInt32(min(bytes.count - start - 32, 1 << 16)), at: start + 24)
    case .headerContinues(let end): bytes.store(UInt32(end - 32), at: start + 24)
    case .headerChecksum(_, let computed): bytes.store(computed, at: start + 28)
    case .payloadChecksum(_, let stored, let computed):
      bytes.replace(stored, by: computed, from: start + 32)
    case .wrongByteCount(_, let expected, let found):
      bytes.replace(found, by: UInt64(expected), from: start + 32)
    case .wrongOffset(_, let expected, let found):
      bytes.replace(found, by: UInt64(expected), from: start + 32)
    case .wrongShape(_, let expected, let found):
      for (old, new) in zip(found, expected) {
        bytes.replace(UInt32(truncatingIfNeeded: old), by: UInt32(new), from: start + 32)
      }
    case .paddingNotZero(let offset): bytes.store(UInt8(0), at: offset)
    case .payloadBeyondFile:
      bytes += [UInt8](repeating: 0, count: 64)
      bytes.store(UInt64(bytes.count), at: start + 16)
    case .dataAfterPayloads(let end):
      bytes.removeSubrange(end...)
      bytes.store(UInt64(bytes.count), at: start + 16)
    default: return false
    }
    return bytes != before
  }
}
