import SystemFiles

/// Where an image lies: in a file of its own, or in a record of a file that holds many.
public struct ImageReference: Sendable, Hashable, CustomStringConvertible {
  /// The bytes of an image in a file of records.
  public struct Record: Sendable, Hashable {
    /// In bytes from the file's beginning.
    public let offset: Int
    /// In bytes.
    public let count: Int
    /// Which record of the file it is, from 1.
    public let number: Int

    /// - Precondition: None of them is negative.
    public init(offset: Int, count: Int, number: Int) {
      precondition(offset >= 0 && count >= 0 && number >= 0, "\(count) bytes at \(offset)")
      self.offset = offset
      self.count = count
      self.number = number
    }
  }

  public let file: FilePath
  /// nil where the file is the image.
  public let record: Record?

  public init(_ file: FilePath, record: Record? = nil) {
    self.file = file
    self.record = record
  }

  /// What a message calls the image.
  public var description: String { record.map { "\(file), record \($0.number)" } ?? file.description }
}

extension ImageReference {
  /// SHA-256 of the image's bytes, in lower-case hexadecimal; nil where they cannot be read.
  public var digest: String? {
    guard let bytes = try? FileBytes.read(self) else { return nil }
    var digest = Digest()
    digest.update(bytes)
    return digest.hex()
  }
}
