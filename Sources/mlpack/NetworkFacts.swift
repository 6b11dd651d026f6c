import ModelGraph

extension Graph {
  /// Keras's width multiplier, of which layers have ⌊alpha · f⌋ filters where the paper's network has f: in two
  /// digits where those give the filters of the first and the last convolution (32 and 1024), else their ratio.
  var alpha: Double? {
    let filters = ((try? withoutTop()) ?? self).layers.compactMap { layer in
      if case .conv2D(let filters, _, _, _) = layer.operation { filters } else { nil }
    }
    guard let first = filters.first, let last = filters.last else { return nil }
    let ratio = Double(last) / 1024
    let rounded = (ratio * 100).rounded() / 100
    return Int(rounded * 32) == first && Int(rounded * 1024) == last ? rounded : ratio
  }

  /// The network in a line: its name, width and input.
  var outline: String {
    let size = inputShape.map(String.init).joined(separator: " × ")
    return "\(name)\(alpha.map { ", alpha \($0)" } ?? ""), input \(size)"
  }

  /// Classes that the network tells apart; nil for a feature extractor.
  var classCount: Int? {
    guard let features = try? withoutTop() else { return nil }
    let hasTop = weightSpecs[features.layers.count...].contains { !$0.isEmpty }
    return hasTop ? outputShape.last : nil
  }
}

/// The last component of a path.
func fileName(of path: String) -> String {
  path.split(separator: "/").last.map(String.init) ?? path
}
