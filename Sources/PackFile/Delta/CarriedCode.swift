import ModelGraph

/// A `float32` tensor as far as a delta carries it.
enum CarriedCode {
  /// - Parameters:
  ///   - form: Any but `whole`.
  ///   - mask: Of the tensor; its channels are what a form of channels carries.
  static func encode(_ tensor: Tensor, as form: CarriedForm, _ mask: ChannelMask, of count: Int)
    -> TensorBytes
  {
    let part = form.isPartial ? gather(tensor, mask, of: count) : tensor
    return form.isHalved ? part.rounded(to: .float16).bytes : part.bytes
  }

  /// - Parameters:
  ///   - content: What `encode` gave, or as many other bytes.
  ///   - base: The tensor that the channels which are not carried are taken from.
  /// - Returns: nil where there is none and it takes one.
  static func decode(
    _ content: PayloadContent, as form: CarriedForm, of location: TensorLocation, onto base: Tensor?
  ) -> Tensor? {
    let shape = form.isPartial ? [location.elementCount(of: form)] : location.layout.shape
    // A copy: what lies in a file is not aligned.
    let bytes = content.withUnsafeBytes { source in
      TensorBytes(count: source.count) { $0.copyMemory(from: source) }
    }
    let part = Tensor(shape: shape, dtype: form.isHalved ? .float16 : .float32, bytes: bytes).float32
    guard form.isPartial else { return part }
    guard let base, base.shape == location.layout.shape else { return nil }
    return scatter(part, onto: base, location.mask, of: location.layout.channels)
  }

  /// The trained channels of each position, one after the other.
  private static func gather(_ tensor: Tensor, _ mask: ChannelMask, of count: Int) -> Tensor {
    let channels = trained(mask)
    return tensor.withFloats { source in
      let starts = stride(from: 0, to: source.count, by: count)
      let floats = starts.flatMap { start in channels.map { source[start + $0] } }
      return Tensor(shape: [floats.count], floats: floats)
    }
  }

  private static func scatter(_ part: Tensor, onto base: Tensor, _ mask: ChannelMask, of count: Int) -> Tensor
  {
    let channels = trained(mask)
    var floats = base.floats
    part.withFloats { source in
      var next = 0
      for start in stride(from: 0, to: floats.count, by: count) {
        for channel in channels {
          floats[start + channel] = source[next]
          next += 1
        }
      }
    }
    return Tensor(shape: base.shape, floats: floats)
  }

  private static func trained(_ mask: ChannelMask) -> [Int] {
    if case .channels(let ranges) = mask { ranges.flatMap { Array($0) } } else { [] }
  }
}
