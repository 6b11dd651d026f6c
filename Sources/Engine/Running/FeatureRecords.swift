/// The features of many images, one after another, as the caller keeps them.
public struct FeatureRecords {
  let floats: UnsafePointer<Float>
  private let release: () -> Void

  /// - Parameters:
  ///   - floats: Valid as long as the records are used.
  ///   - release: Called after each image that was read: it is not needed any more for a while.
  public init(_ floats: UnsafePointer<Float>, release: @escaping () -> Void = {}) {
    self.floats = floats
    self.release = release
  }

  func wasRead() { release() }
}
