import Dispatch
import Synchronization

/// Some images of a longer list, ready for a network.
public struct ImageBatch: Sendable {
  /// The part of the list that the batch stands for.
  public let range: Range<Int>
  /// Positions in the list of the images that could be loaded, ascending.
  public let indices: [Int]
  /// Shape [indices.count, height, width, 3].
  public let pixels: [Float]
  /// The others of `range`; `index` is a position in the list.
  public let broken: [BrokenImage]
}

/// The images of a list, a batch at a time, in order.
///
/// While the caller works on one batch, the next is loaded in the background: so memory holds two at most. It
/// is a plain sequence, not an asynchronous one, since who drives a device waits with its thread anyway.
public struct ImageBatches: Sequence, Sendable {
  let loader: ImageLoader
  let images: [ImageReference]
  let positions: [Int]
  let size: Int
  let view: Int

  /// - Precondition: `size` is at least one, and there is a position for each image where there are any.
  init(loader: ImageLoader, images: [ImageReference], positions: [Int]?, size: Int, view: Int) {
    precondition(size > 0, "batches of \(size)")
    let positions = positions ?? Array(images.indices)
    precondition(positions.count == images.count, "\(positions.count) positions, \(images.count) images")
    self.loader = loader
    self.images = images
    self.positions = positions
    self.size = size
    self.view = view
  }

  public func makeIterator() -> Iterator { Iterator(self) }

  /// Waits for each batch, and sets off the one after it.
  public struct Iterator: IteratorProtocol {
    private let batches: ImageBatches
    private var pending: PendingBatch?

    fileprivate init(_ batches: ImageBatches) {
      self.batches = batches
      self.pending = PendingBatch(batches, from: 0)
    }

    public mutating func next() -> ImageBatch? {
      guard let batch = pending?.wait() else { return nil }
      pending = PendingBatch(batches, from: batch.range.upperBound)
      return batch
    }
  }

  fileprivate func load(_ range: Range<Int>) -> ImageBatch {
    let stride = loader.input.elementCount
    var broken: [BrokenImage] = []
    var indices: [Int] = []
    let pixels = [Float](unsafeUninitializedCapacity: range.count * stride) { target, count in
      let unreadable = loader.load(
        Array(images[range]), positions: Array(positions[range]), view: view, into: target)
      broken = unreadable.map { BrokenImage(index: range.lowerBound + $0.index, error: $0.error) }
      let lost = Set(broken.map(\.index))
      indices = range.filter { !lost.contains($0) }
      if !lost.isEmpty { Self.closeGaps(in: target, indices.map { $0 - range.lowerBound }, stride) }
      count = indices.count * stride
    }
    return ImageBatch(range: range, indices: indices, pixels: pixels, broken: broken)
  }

  /// Moves the images at `places` to the front, in order.
  private static func closeGaps(in target: UnsafeMutableBufferPointer<Float>, _ places: [Int], _ stride: Int)
  {
    for (to, from) in places.enumerated() where to != from {
      (target.baseAddress! + to * stride).update(from: target.baseAddress! + from * stride, count: stride)
    }
  }
}

/// A batch that is being loaded by another thread.
private final class PendingBatch: Sendable {
  private let result = Mutex<ImageBatch?>(nil)
  private let isDone = DispatchSemaphore(value: 0)

  /// - Returns: nil past the end of the list.
  init?(_ batches: ImageBatches, from start: Int) {
    guard start < batches.images.count else { return nil }
    let end = min(start + batches.size, batches.images.count)
    DispatchQueue.global().async {
      let batch = batches.load(start..<end)
      self.result.withLock { $0 = batch }
      self.isDone.signal()
    }
  }

  func wait() -> ImageBatch? {
    isDone.wait()
    return result.withLock { $0 }
  }
}
