import Foundation

@testable import ZipArchive

/// The zip archive of a `.keras` file: its directory, and every member.
struct ArchiveTarget: FuzzTarget {
  static let name = "archive"

  func check(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { bytes in
      guard let archive = try? ZipArchive(bytes) else { return }
      for name in archive.names { _ = try? archive.contents(of: name) }
    }
  }

  func seeds(fixtures: String) throws -> [String: [UInt8]] {
    let text = Array("{\"keras_version\": \"3.0.5\"}".utf8)
    let members = [("metadata.json", text), ("config.json", text), ("model.weights.h5", [UInt8](0..<40))]
    let stored = try ZipArchive.archive(of: members.map { (name: $0.0, bytes: $0.1) })
    // Deflated members, as other programs write them.
    let real = Array(try Data(contentsOf: URL(fileURLWithPath: "\(fixtures)/keras/keras2.keras")))
    return ["stored": stored, "deflated": try shortened(real)]
  }

  /// A real archive in which each member that is long is replaced by a short one.
  private func shortened(_ archive: [UInt8]) throws -> [UInt8] {
    var archive = archive
    let names = archive.withUnsafeBytes { (try? ZipArchive($0))?.names ?? [] }
    for name in names {
      let content = [UInt8](repeating: 0x61, count: 60)
      archive = try archive.withUnsafeBytes { try ZipArchive.archive($0, replacing: name, by: content) }
    }
    return archive
  }
}
