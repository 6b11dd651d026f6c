/// Bounds on what a file may make us allocate, each checked before the allocation.
///
/// MobileNets stay far below: 150 names of 40 bytes, a configuration of 100 KB, tensors of 4 MB.
enum Limits {
  /// Bytes of one component of a path.
  static let nameBytes = 1024
  /// Components of one path.
  static let depth = 32
  /// Members of one group.
  static let members = 4096
  /// Strings in one attribute, parts of a split attribute included.
  static let strings = 1 << 16
  /// Bytes of one string.
  static let stringBytes = 8 << 20
  /// Bytes of a fixed-length attribute.
  static let attributeBytes = 8 << 20
  /// Bytes of one dataset.
  static let datasetBytes = 1 << 30
  /// Deflate cannot shrink by more than this.
  static let compressionRatio = 1032
}
