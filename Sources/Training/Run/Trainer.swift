public import Engine
public import ImageFiles
public import ModelGraph
public import OpenCL

/// Fine-tunes a pack: epochs of steps over images, each followed by an evaluation.
///
/// The layers that stay as they are run once an image, before the first epoch, unless the options say otherwise;
/// the epochs run from what they gave. Where the device has no room for as many images at once as the options allow, the
/// run goes on with fewer: a batch is only a sum.
public final class Trainer {
  private let task: TrainingTask
  /// nil after the device had no room for it.
  private var course: TrainingCourse?
  /// The most images at once that the device may have room for; nil as long as it had room for all.
  private var largestMicroBatch: Int?
  /// How the memory will be used.
  public private(set) var memory: MemoryPlan

  /// - Parameters:
  ///   - pack: What to start from; its mask says what is trained.
  ///   - validation: Images that are only evaluated; may be empty.
  /// - Throws: `TrainingError`, `EngineError`, `FileError` or `OpenCLError`.
  public convenience init(
    pack: Pack, training: [LabelledImage], validation: [LabelledImage], options: TrainingOptions,
    control: RunControl = RunControl(), device: Device
  ) throws {
    try self.init(
      pack: pack, training: training, validation: validation, options: options, control: control,
      kernels: KernelCatalogue(device, .chosen(for: device)))
  }

  /// - Parameter kernels: What is built of them already is not built again.
  package init(
    pack: Pack, training: [LabelledImage], validation: [LabelledImage], options: TrainingOptions,
    control: RunControl, kernels: KernelCatalogue
  ) throws {
    guard pack.mask.trainableParameterCount(in: pack.graph) > 0 else { throw TrainingError.nothingToTrain }
    guard !training.isEmpty else { throw TrainingError.noImages }
    guard !validation.isEmpty || !(options.keepsBest || options.patience != nil) else {
      throw TrainingError.nothingToValidateOn
    }
    task = TrainingTask(
      pack: pack, training: training, validation: validation, options: options, kernels: kernels,
      keeper: CheckpointKeeper(control), isInterrupted: control.isInterrupted)
    let (course, largest) = try Trainer.start(task, largestMicroBatch: nil)
    self.course = course
    largestMicroBatch = largest
    memory = course.memory
  }

  /// Trains, and tells `report` of everything that happens.
  ///
  /// - Throws: `TrainingError`, `OpenCLError` where memory does not suffice for a single image, `FileError`, or what `report`
  ///   throws.
  public func run(_ report: (TrainingEvent) throws -> Void) throws -> TrainingOutcome {
    do {
      while true {
        if let largestMicroBatch { try report(.smallerMicroBatch(images: largestMicroBatch)) }
        if let outcome = try attempt(report) { return outcome }
        let (course, largest) = try Trainer.start(task, largestMicroBatch: largestMicroBatch)
        self.course = course
        largestMicroBatch = largest
        memory = course.memory
      }
    } catch let error as OpenCLError where !error.isOutOfMemory {
      let checkpoint = task.keeper.hasCheckpoint ? task.keeper.path : nil
      throw TrainingError.deviceFailed("\(error)", checkpoint: checkpoint)
    }
  }

  /// Runs as far as the device has room.
  ///
  /// - Returns: nil where it had no room for so many images at once: there is none of the run left, and fewer may do.
  private func attempt(_ report: (TrainingEvent) throws -> Void) throws -> TrainingOutcome? {
    do {
      return try course?.run(report)
    } catch let error as OpenCLError where error.isOutOfMemory {
      course = nil
      largestMicroBatch = try Trainer.fewer(than: largestMicroBatch, task, error)
      return nil
    }
  }

  /// A course from the last checkpoint on, with as many images at once as the device has room for.
  private static func start(
    _ task: TrainingTask, largestMicroBatch: Int?
  ) throws -> (TrainingCourse, largestMicroBatch: Int?) {
    var largest = largestMicroBatch
    while true {
      do {
        return (
          try TrainingCourse(task, largestMicroBatch: largest, from: task.keeper.last()), largest
        )
      } catch let error as OpenCLError where error.isOutOfMemory {
        largest = try fewer(than: largest, task, error)
      }
    }
  }

  /// Half of the images.
  ///
  /// - Throws: `error` where it is one already.
  private static func fewer(
    than largest: Int?, _ task: TrainingTask, _ error: OpenCLError
  ) throws(OpenCLError) -> Int {
    let now = largest ?? min(task.options.batchSize, task.training.count)
    guard now > 1 else { throw error }
    return (now + 1) / 2
  }
}
