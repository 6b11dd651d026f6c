/// Fewer bits than `float32` in which a frozen kernel is kept: values that were rounded, and that all arithmetic
/// takes as the `float32` they decode to.
public enum ReducedPrecision: Sendable, Hashable {
  case float16
  case bfloat16
  /// q · scale with an integer q from −127 to 127; a scale for each output channel.
  case int8(scales: [Float])

  /// A reduced precision before its scales are chosen.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    case float16, bfloat16, int8

    /// Bytes of one element.
    public var byteCount: Int { self == .int8 ? 1 : 2 }
  }

  public var kind: Kind {
    switch self {
    case .float16: .float16
    case .bfloat16: .bfloat16
    case .int8: .int8
    }
  }

  /// The largest magnitude of an `int8` element; −128 is not used, so that the range is symmetric.
  public static let largestInteger: Float = 127

  /// A kernel in values that this precision has, as `float32`.
  ///
  /// For `float16` and `bfloat16` each element is rounded to nearest, ties to even; for `int8` it becomes q · scale
  /// with q = element / scale, limited to ±127 and rounded in the same way, and 0 where the scale is. Then a few
  /// elements go to their other neighbour, so that the errors of a channel cancel: see ``BalancedRounding``. Nothing
  /// changes a second time.
  ///
  /// - Precondition: `kernel` is `float32` and finite; its innermost axes number `channels`, as many as there are
  ///   scales.
  public func applied(to kernel: Tensor, channels: Int) -> Tensor {
    let nearest = nearest(to: kernel)
    return kernel.withFloats { originals in
      Tensor(shape: kernel.shape) { values in
        _ = nearest.withFloats { values.update(fromContentsOf: $0) }
        let rounding = BalancedRounding(originals: originals, channels: channels, neighbour: neighbour)
        for channel in 0..<channels { rounding.balance(channel, values) }
      }
    }
  }

  private func nearest(to kernel: Tensor) -> Tensor {
    switch self {
    case .float16: kernel.mapped(ReducedPrecision.float16)
    case .bfloat16: kernel.mapped(ReducedPrecision.bfloat16)
    case .int8(let scales): kernel.mapped(with: scales, ReducedPrecision.int8)
    }
  }

  /// The next finite value that this precision has.
  private func neighbour(of value: Float, isUp: Bool, channel: Int) -> Float? {
    switch self {
    case .float16:
      let bits = HalfPrecision.neighbour(of: HalfPrecision.float16(value), isUp: isUp)
      let next = HalfPrecision.float(fromFloat16: bits)
      return next.isFinite ? next : nil
    case .bfloat16:
      let bits = HalfPrecision.neighbour(of: HalfPrecision.bfloat16(value), isUp: isUp)
      let next = HalfPrecision.float(fromBFloat16: bits)
      return next.isFinite ? next : nil
    case .int8(let scales):
      let next = ReducedPrecision.quotient(value, scales[channel]) + (isUp ? 1 : -1)
      return abs(next) <= ReducedPrecision.largestInteger ? next * scales[channel] + 0 : nil
    }
  }

  /// Whether a `float32` tensor is finite and holds only values that this precision has.
  ///
  /// - Precondition: Its innermost axes number as many channels as there are scales.
  func holds(_ tensor: Tensor) -> Bool {
    guard tensor.isFinite else { return false }
    return switch self {
    case .float16: tensor.isUnchanged(by: ReducedPrecision.float16)
    case .bfloat16: tensor.isUnchanged(by: ReducedPrecision.bfloat16)
    case .int8(let scales): tensor.isUnchanged(with: scales, by: ReducedPrecision.int8)
    }
  }

  @inline(__always)
  private static func float16(_ element: Float) -> Float {
    HalfPrecision.float(fromFloat16: HalfPrecision.float16(element))
  }

  @inline(__always)
  private static func bfloat16(_ element: Float) -> Float {
    HalfPrecision.float(fromBFloat16: HalfPrecision.bfloat16(element))
  }

  @inline(__always)
  private static func int8(_ element: Float, _ scale: Float) -> Float { quotient(element, scale) * scale + 0 }

  /// q of an element: an integer from −127 to 127, never −0.
  @inline(__always)
  package static func quotient(_ element: Float, _ scale: Float) -> Float {
    let quotient = element / (scale == 0 ? .infinity : scale)
    let limited = max(min(quotient, largestInteger), -largestInteger)
    // A sum of this size has no places behind the point.
    let aligner: Float = 0x1.8p23
    return (limited + aligner) - aligner
  }

  /// Why these scales are none for a kernel of so many output channels; nil where they are.
  func fault(channels: Int) -> String? {
    guard case .int8(let scales) = self else { return nil }
    guard scales.count == channels else { return "has \(scales.count) scales for \(channels) channels" }
    let bad = scales.firstIndex { !ReducedPrecision.isScale($0) }
    return bad.map { "has scale \(scales[$0]) in channel \($0)" }
  }

  /// Whether every product with an `int8` element is a number; none is negative, and 0 has no sign.
  package static func isScale(_ scale: Float) -> Bool {
    scale.sign == .plus && (scale * largestInteger).isFinite
  }
}
