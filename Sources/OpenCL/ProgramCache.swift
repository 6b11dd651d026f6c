import SystemFiles

/// Built programs on disk, so that a device's compiler runs once for each version of a program.
///
/// An entry is the driver's binary and behind it the SHA-256 of its key and itself: what is damaged, cut or of another
/// key is as good as absent. A folder that cannot be read or written costs time and no more.
public struct ProgramCache: Sendable, Hashable {
  let folder: String

  public init(folder: String) { self.folder = folder }

  /// Removes what killed runs left half written.
  func sweep() { TemporaryFiles.sweep(folder: folder) }

  /// What an entry depends on: the device, its driver, the compiler's options or what else it is, the source.
  static func key(_ device: DeviceInfo, options: String, source: String) -> String {
    var digest = Digest()
    for part in [device.platform, device.name, device.version, device.driverVersion, options, source] {
      digest.update(Array(part.utf8) + [0])
    }
    return digest.hex()
  }

  func binary(for key: String) -> [UInt8]? {
    guard let file = try? MappedFile(path: path(of: key), readsAll: true) else { return nil }
    return file.withUnsafeBytes { bytes in
      let end = bytes.count - ProgramCache.digestLength
      guard end > 0 else { return nil }
      let binary = Array(bytes[..<end])
      return Array(bytes[end...]) == ProgramCache.seal(binary, key) ? binary : nil
    }
  }

  /// - Throws: `FileError`
  func keep(_ binary: [UInt8], for key: String) throws {
    try Folders.create(folder)
    try AtomicFile.write(to: path(of: key)) { writer in
      try writer.append(binary)
      try writer.append(ProgramCache.seal(binary, key))
    }
  }

  private static let digestLength = 64

  private static func seal(_ binary: [UInt8], _ key: String) -> [UInt8] {
    var digest = Digest()
    digest.update(Array(key.utf8))
    digest.update(binary)
    return Array(digest.hex().utf8)
  }

  private func path(of key: String) -> String { "\(folder)/\(key).bin" }
}
