import Dispatch
import Synchronization

/// An image that could not be loaded.
public struct BrokenImage: Sendable {
  /// Its position among the images that were asked for.
  public let index: Int
  public let error: ImageError
}

/// Decodes, fits, varies and scales images, on all cores.
public struct ImageLoader: Sendable {
  public let input: NetworkInput
  public let fitting: AspectFitting
  public let augmentation: Augmentation
  /// What the variations follow from; without augmentation it does not matter.
  public let seed: UInt64

  public init(
    input: NetworkInput, fitting: AspectFitting = .stretch, augmentation: Augmentation = [], seed: UInt64 = 0
  ) {
    self.input = input
    self.fitting = fitting
    self.augmentation = augmentation
    self.seed = seed
  }

  /// Loads `images` into `target`, shape [images.count, height, width, 3], in order; returns when all are
  /// done.
  ///
  /// - Parameters:
  ///   - positions: For each image, the index from which its variation follows; nil stands for its place in
  ///     the list.
  ///   - view: Which variation of the images it is.
  /// - Precondition: There is a position for each image. `target` has room for them; it may be uninitialized.
  /// - Returns: The images that could not be loaded, in order; their places hold zeros.
  public func load(
    _ images: [ImageReference], positions: [Int]? = nil, view: Int = 0,
    into target: UnsafeMutableBufferPointer<Float>
  ) -> [BrokenImage] {
    let positions = positions ?? Array(images.indices)
    precondition(positions.count == images.count, "\(positions.count) positions, \(images.count) images")
    precondition(target.count >= images.count * input.elementCount, "\(target.count) floats")
    let places = Places(floats: target, stride: input.elementCount)
    let broken = Mutex<[BrokenImage]>([])
    DispatchQueue.concurrentPerform(iterations: images.count) { index in
      do throws(ImageError) {
        let image = try ImageDecoder.decode(images[index])
        prepare(image, position: positions[index], view: view, into: places[index])
      } catch {
        places[index].initialize(repeating: 0)
        broken.withLock { $0.append(BrokenImage(index: index, error: error)) }
      }
    }
    return broken.withLock { $0.sorted { $0.index < $1.index } }
  }

  /// Batches of `size` images; while one is used, the next is being loaded.
  ///
  /// - Parameters:
  ///   - positions: For each image, the index from which its variation follows; nil stands for its place in
  ///     the list.
  ///   - view: Which variation of the images it is.
  public func batches(
    of images: [ImageReference], positions: [Int]? = nil, size: Int, view: Int = 0
  ) -> ImageBatches {
    ImageBatches(loader: self, images: images, positions: positions, size: size, view: view)
  }

  private func prepare(
    _ image: RGBImage, position: Int, view: Int, into place: UnsafeMutableBufferPointer<Float>
  ) {
    guard !augmentation.isEmpty else {
      return Resize.bilinear(image, for: input, fitting: fitting, into: place)
    }
    let variation = Variation(augmentation, seed: seed, view: view, index: position)
    let source = variation.crop(of: fitting.source(height: image.height, width: image.width, for: input))
    var varied = Resize.bilinear(image, source, to: fitting.target(of: source, in: input), for: input)
    variation.apply(to: &varied)
    for (i, value) in varied.values.enumerated() {
      place.initializeElement(at: i, to: value / input.divisor + input.offset)
    }
  }
}

/// Where the images go, each at a place of its own, so that threads need not agree.
private struct Places: @unchecked Sendable {
  // Sendable: no two indices share a float.
  let floats: UnsafeMutableBufferPointer<Float>
  let stride: Int

  subscript(index: Int) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(rebasing: floats[index * stride..<(index + 1) * stride])
  }
}
