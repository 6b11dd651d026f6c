import ModelGraph

@testable import PackFile

/// The reader of deltas, and what it makes of a sound base.
struct DeltaTarget: FuzzTarget {
  static let name = "delta"

  private let base: DigestedPack

  init() {
    guard let base = try? DigestedPack(decoding: PackFile.encode(SmallPacks.base())) else {
      fatalError("the base of the deltas cannot be made")
    }
    self.base = base
  }

  func check(_ bytes: [UInt8]) {
    guard let delta = try? DeltaFile.decode(bytes) else { return }
    guard (try? DeltaFile.encode(delta)) == bytes else { broken("one delta has one encoding") }
    guard let result = try? delta.applied(to: base) else { return }
    guard (try? PackFile.decode(result.withUnsafeBytes { Array($0) })) != nil else {
      broken("what a delta gives is a pack")
    }
  }

  func repaired(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<24 {
      do throws(DeltaError) {
        let delta = try DeltaFile.decode(bytes)
        bytes.setDigest(base.digest, at: 34)
        if bytes.load(UInt32.self, at: 28) == DeltaTarget.sealed(bytes) { return digested(bytes, delta) }
        bytes.store(DeltaTarget.sealed(bytes), at: 28)
      } catch {
        guard DeltaTarget.repair(error.violation, &bytes) else { return bytes }
      }
    }
    return bytes
  }

  /// With the digest of the pack that it gives, where there is one.
  private func digested(_ bytes: [UInt8], _ delta: Delta) -> [UInt8] {
    var bytes = bytes
    do {
      _ = try delta.applied(to: base)
    } catch let error as DeltaError {
      guard case .otherResult(_, let found) = error.violation else { return bytes }
      bytes.setDigest(found, at: 100)
      bytes.store(DeltaTarget.sealed(bytes), at: 28)
    } catch {}
    return bytes
  }

  private static func repair(_ violation: DeltaViolation, _ bytes: inout [UInt8]) -> Bool {
    let before = bytes
    switch violation {
    case .field(.wrongMagic): bytes.store(UInt64(0x0A1A_0A0D_444C_4D89), at: 0)
    case .field(let violation): return violation.repair(&bytes)
    case .pack(let violation):
      guard let start = front(of: bytes) else { return false }
      guard violation.repair(&bytes, from: start) else { return false }
      bytes.store(sealed(bytes), at: 28)
    case .dataContinues(let end):
      bytes.removeSubrange(end...)
      bytes.store(UInt64(bytes.count), at: 16)
    case .dataEndsEarly:
      bytes += [UInt8](repeating: 0, count: 8)
      bytes.store(UInt64(bytes.count), at: 16)
    case .dataChecksum(_, let computed):
      bytes.store(computed, at: 164)
      bytes.store(sealed(bytes), at: 28)
    default: return false
    }
    return bytes != before
  }

  /// Where the preamble of the result begins: behind two digests, a checksum and the list of payloads.
  private static func front(of bytes: [UInt8]) -> Int? {
    bytes.load(UInt32.self, at: 168).flatMap { $0 < 1 << 16 ? 172 + 5 * Int($0) : nil }
  }

  /// The checksum that the preamble should have.
  private static func sealed(_ bytes: [UInt8]) -> UInt32 {
    guard let length = bytes.load(UInt32.self, at: 24), Int(length) + 32 <= bytes.count else { return 0 }
    return (Array(bytes[..<28]) + bytes[32..<32 + Int(length)]).withUnsafeBytes { Checksum.of($0) }
  }

  func seeds(fixtures: String) throws -> [String: [UInt8]] {
    var seeds: [String: [UInt8]] = [:]
    for (name, channels) in [("channels", [1..<2]), ("whole", nil)] as [(String, [Range<Int>]?)] {
      let tuned = try DigestedPack(
        decoding: PackFile.encode(SmallPacks.trained(base.pack, channels: channels)))
      seeds[name] = try DeltaFile.encode(Delta(from: base, to: tuned))
      seeds[name + "_halved"] = try DeltaFile.encode(Delta(from: base, to: tuned, halves: true))
    }
    return seeds
  }
}

extension [UInt8] {
  fileprivate mutating func setDigest(_ digest: String, at offset: Int) {
    guard offset + 64 <= count else { return }
    replaceSubrange(offset..<offset + 64, with: digest.utf8)
  }
}
