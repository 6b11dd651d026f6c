import Dispatch
import Synchronization

/// An image that could not be loaded.
public struct BrokenImage: Sendable {
  /// Its position among the files that were asked for.
  public let index: Int
  public let error: ImageError
}

/// Decodes, resizes and scales image files, on all cores.
public struct ImageLoader: Sendable {
  public let input: NetworkInput

  public init(input: NetworkInput) { self.input = input }

  /// Loads `files` into `target`, shape [files.count, height, width, 3], in order; returns when all are done.
  ///
  /// - Precondition: `target` has room for them; it may be uninitialized.
  /// - Returns: The images that could not be loaded, in order; their places hold zeros.
  public func load(_ files: [FilePath], into target: UnsafeMutableBufferPointer<Float>) -> [BrokenImage] {
    precondition(target.count >= files.count * input.elementCount, "\(target.count) floats")
    let places = Places(floats: target, stride: input.elementCount)
    let broken = Mutex<[BrokenImage]>([])
    DispatchQueue.concurrentPerform(iterations: files.count) { index in
      do throws(ImageError) {
        let image = try ImageDecoder.decode(path: files[index])
        Resize.bilinear(image, for: input, into: places[index])
      } catch {
        places[index].initialize(repeating: 0)
        broken.withLock { $0.append(BrokenImage(index: index, error: error)) }
      }
    }
    return broken.withLock { $0.sorted { $0.index < $1.index } }
  }

  /// Batches of `size` files; while one is used, the next is being loaded.
  public func batches(of files: [FilePath], size: Int) -> ImageBatches {
    ImageBatches(loader: self, files: files, size: size)
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
