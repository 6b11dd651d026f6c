import ModelGraph
import OpenCL

/// The frozen stages, run in small batches whose activations stay near the compute units.
final class FrozenPrefix {
  /// Images that go through at once.
  private let imagesPerRun: Int
  private let operations: [FrozenOperation]
  private let inputCount: Int
  /// Floats of an image in each of the two places in which outputs take turns.
  private let turns: [Int]
  private let output: FeatureShape
  private let device: Device
  /// There from the first run on.
  private var memory: Memory?

  private struct Memory {
    let input: Buffer
    /// Outputs take turns in these two.
    let activations: [Buffer]
  }

  init(
    _ operations: [FrozenOperation], _ plan: Plan, imagesPerRun: Int, _ device: Device
  ) {
    self.imagesPerRun = imagesPerRun
    self.operations = operations
    self.device = device
    inputCount = plan.inputShape.pixels * plan.inputShape.channels
    turns = FrozenFloats(operations.map(\.stages)).turns
    output = plan.featureShape
  }

  private func prepared() throws(OpenCLError) -> Memory {
    if let memory { return memory }
    let input = try Buffer(device, count: inputCount * imagesPerRun)
    var activations: [Buffer] = []
    for floats in turns { activations.append(try Buffer(device, count: floats * imagesPerRun)) }
    let prepared = Memory(input: input, activations: activations)
    memory = prepared
    return prepared
  }

  /// Gives back the memory that runs take; the next one takes it again.
  func releaseMemory() {
    memory = nil
    for operation in operations { operation.operation.releaseMemory() }
  }

  /// Computes the features of `count` images.
  ///
  /// - Parameters:
  ///   - images: [count, H, W, C], preprocessed.
  ///   - records: Where they go, one image's after another's.
  /// - Throws: `OpenCLError`, or ``EngineError/beyondHalfPrecision``.
  func run(
    _ images: UnsafePointer<Float>, count: Int, into records: UnsafeMutableRawPointer,
    as precision: FeaturePrecision
  ) throws {
    let recordBytes = output.count * precision.byteCount
    guard !operations.isEmpty else {
      guard precision.keep(images, count: count * inputCount, in: records) else {
        throw EngineError.beyondHalfPrecision
      }
      return
    }
    let input = try prepared().input
    for first in stride(from: 0, to: count, by: imagesPerRun) {
      let batch = min(imagesPerRun, count - first)
      try input.write(UnsafeBufferPointer(start: images + first * inputCount, count: batch * inputCount))
      var from = input
      for index in operations.indices { from = try enqueue(index, reading: from, images: batch) }
      var isFinite = true
      try from.withMappedFloats(batch * output.count, .reading) { mapped in
        guard let base = mapped.baseAddress else { return }
        for image in 0..<batch {
          let record = records + (first + image) * recordBytes
          isFinite = output.take(image, of: base, images: batch, precision, to: record) && isFinite
        }
      }
      if !isFinite { throw EngineError.beyondHalfPrecision }
    }
  }

  /// - Returns: Where the operation's output is.
  private func enqueue(_ index: Int, reading input: Buffer, images: Int) throws(OpenCLError) -> Buffer {
    let output = try prepared().activations[index % 2]
    let pass = ForwardPass(input: input, images: images, mode: .inference)
    try operations[index].operation.forward(pass, to: output)
    return output
  }

  /// Runs each operation by itself, several times.
  ///
  /// - Parameters:
  ///   - images: As many as go through at once, preprocessed.
  ///   - measure: Given the stages and what runs them once; called in order.
  func forEachOperation(
    on images: [Float],
    _ measure: ([Stage], _ images: Int, _ run: @escaping () throws(OpenCLError) -> Void) throws -> Void
  ) throws {
    var from = try prepared().input
    try from.write(images)
    for index in operations.indices {
      let source = from
      from = try enqueue(index, reading: source, images: imagesPerRun)
      try measure(operations[index].stages, imagesPerRun) { () throws(OpenCLError) in
        _ = try self.enqueue(index, reading: source, images: self.imagesPerRun)
      }
    }
  }
}
