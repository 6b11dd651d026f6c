import OpenCL

/// What goes forward on the device.
///
/// Buffers hold the images of one micro-batch in the layout of ``ActivationShape``; the first stage of a network
/// may read plain images. Nothing waits for the device.
protocol ForwardOperation: AnyObject {
  func forward(_ pass: ForwardPass, to output: Buffer) throws(OpenCLError)
}

/// What one stage does on the device, forward and backward.
protocol StageOperation: ForwardOperation {
  /// The weights that are trained here.
  var parameters: [Parameter] { get }
  /// The weights that move with the data in training, without a gradient.
  var statistics: [Parameter] { get }
  /// How often each micro-batch of a training step comes by: the last pass writes the output or the gradient of
  /// the input, where it finds what the passes before it left there, and a pass begins when the one before it has seen all
  /// micro-batches.
  var forwardPasses: Int { get }
  var backwardPasses: Int { get }

  /// The batch-norm in training mode that the operation begins with.
  var leadingNormalization: TrainedNormalization? { get }
  /// Whether its input may be records of many images.
  var readsRecords: Bool { get }

  /// Computes the gradients of this stage's parameters and of its input.
  ///
  /// - Parameters:
  ///   - pass: What `forward` read and wrote, and the gradient of the output, which the last pass may overwrite.
  ///   - inputGradient: Where the gradient of the input goes, the output's own buffer where ``Stage/replacesGradient``; nil
  ///     where nobody needs it.
  func backward(_ pass: BackwardPass, to inputGradient: Buffer?) throws(OpenCLError)
}

extension StageOperation {
  var parameters: [Parameter] { [] }
  var statistics: [Parameter] { [] }
  var forwardPasses: Int { 1 }
  var leadingNormalization: TrainedNormalization? { nil }
  var readsRecords: Bool { false }
  var backwardPasses: Int { 1 }
}

/// What takes the statistics of the batch-norm in training mode that reads its output on its way, where there is one.
protocol StatisticsTaker: StageOperation {
  /// Set where the operation is one of a chain.
  var following: TrainedNormalization? { get set }
}

extension StatisticsTaker {
  /// Queues the kernel that writes the output.
  ///
  /// - Parameters:
  ///   - pixelsPerItem: Pixels of a run, of which there are moments of their own.
  ///   - queue: Takes the buffers for the runs' means and sums of squared deviations, or nil where nobody needs them.
  func takingStatistics(
    in pass: ForwardPass, pixelsPerItem: Int, _ queue: ([KernelArgument]?) throws(OpenCLError) -> Void
  ) throws(OpenCLError) {
    guard let following, case .training(let part) = pass.mode else { return try queue(nil) }
    try following.takeStatistics(part, pixelsPerItem: pixelsPerItem, queue)
  }
}

/// A part of a training step's batch.
struct MicroBatch {
  /// The place of its first image in the batch.
  let first: Int
  let images: Int
  /// Images of the whole batch.
  let batchImages: Int
  /// From which this step's dropout follows.
  let dropoutKey: UInt64

  var range: Range<Int> { first..<first + images }
  var isFirst: Bool { first == 0 }
  var isLast: Bool { first + images == batchImages }

  /// A batch of `count` images in parts of at most `size`.
  static func parts(of count: Int, size: Int, dropoutKey: UInt64) -> [MicroBatch] {
    stride(from: 0, to: count, by: size).map { first in
      MicroBatch(
        first: first, images: min(size, count - first), batchImages: count, dropoutKey: dropoutKey)
    }
  }
}

/// What a stage's forward pass starts from.
struct ForwardPass {
  enum Mode {
    case inference
    case training(MicroBatch)
  }

  let input: Buffer
  /// Where the input is records of many images, as ``FeatureRecords`` are: the record of each image of the pass.
  var index: Buffer?
  /// As what input and output are kept.
  var types = OperandTypes()
  let images: Int
  let mode: Mode
  /// From 0.
  var number = 0
}

/// What a stage's backward pass starts from.
struct BackwardPass {
  let input: Buffer
  /// As in the forward pass.
  var index: Buffer?
  let output: Buffer
  let outputGradient: Buffer
  let part: MicroBatch
  /// From 0.
  var number = 0

  var images: Int { part.images }
  /// Whether gradients of earlier micro-batches of this step are there to be added to.
  var accumulates: KernelArgument { .uint(part.isFirst ? 0 : 1) }
}
