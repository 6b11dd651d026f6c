internal import ModelGraph

/// Keras's names of the layers of a MobileNet V1 that have weights, the classifier apart; with a prefix and a
/// suffix where somebody renamed them.
struct MobileNetNames {
  let prefix: String
  let suffix: String

  /// The names of `keras.applications.MobileNet`.
  static let canonical = MobileNetNames(prefix: "", suffix: "")

  private static let blocks = 1...MobileNetV1.blockCount

  private init(prefix: String, suffix: String) {
    self.prefix = prefix
    self.suffix = suffix
  }

  /// The prefix and suffix with which all names are among `names`; nil where there are none.
  init?(among names: Set<String>) {
    let last = "conv_dw_\(MobileNetV1.blockCount)_bn"
    for name in names.sorted() {
      guard let range = name.firstRange(of: last) else { continue }
      self.init(prefix: String(name[..<range.lowerBound]), suffix: String(name[range.upperBound...]))
      if weighted.isSubset(of: names) { return }
    }
    return nil
  }

  /// The name that a layer has here whose name in `keras.applications.MobileNet` is `canonical`.
  func name(_ canonical: String) -> String { prefix + canonical + suffix }

  /// The convolutions whose filters are the widths of the network: conv1 and the pointwise ones.
  var widthConvolutions: [String] { (["conv1"] + Self.blocks.map { "conv_pw_\($0)" }).map(name) }

  var depthwiseConvolutions: [String] { Self.blocks.map { name("conv_dw_\($0)") } }

  /// The batch-norms in the network's order.
  var normalizations: [String] {
    (["conv1_bn"] + Self.blocks.flatMap { ["conv_dw_\($0)_bn", "conv_pw_\($0)_bn"] }).map(name)
  }

  /// All layers of the network that have weights, the classifier apart.
  var weighted: Set<String> { Set(widthConvolutions + depthwiseConvolutions + normalizations) }
}
