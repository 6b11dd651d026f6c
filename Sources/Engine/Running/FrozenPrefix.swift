import ModelGraph
import OpenCL

/// The frozen stages, run in small batches whose activations stay near the compute units.
final class FrozenPrefix {
  /// Images that go through at once.
  private let imagesPerRun: Int
  /// What each operation computes.
  private let groups: [FrozenGroup]
  private let pack: Pack
  private let kernels: KernelCatalogue
  private let inputCount: Int
  /// What an image takes in each of the two places in which outputs take turns.
  private let turns: [Int]
  private let output: FeatureShape
  private var device: Device { kernels.device }
  /// There from the first run on, with their weights.
  private var operations: [any ForwardOperation] = []
  /// A copy of the images on the device; there from the first run that needs one.
  private var copies: Buffer?
  /// Outputs take turns in two; there from the first run on.
  private var activations: [Buffer] = []

  /// - Parameters:
  ///   - stages: The plan's first ones.
  ///   - chains: Whether one operation may compute several pairs of convolutions, where the device allows it.
  init(
    _ stages: ArraySlice<Stage>, of pack: Pack, _ plan: Plan, imagesPerRun: Int, chains: Bool = true,
    _ kernels: KernelCatalogue
  ) {
    groups = StageFactory.groups(of: stages, kernels, chains: chains)
    self.pack = pack
    self.imagesPerRun = imagesPerRun
    self.kernels = kernels
    inputCount = plan.inputShape.pixels * plan.inputShape.channels
    turns = FrozenFloats(groups).turns
    output = plan.featureShape
  }

  private func operation(_ index: Int) throws -> any ForwardOperation {
    if operations.isEmpty {
      operations = try groups.map { try StageFactory.frozen($0.stages, of: pack, kernels) }
    }
    return operations[index]
  }

  private func target(_ turn: Int) throws(OpenCLError) -> Buffer {
    if activations.isEmpty {
      var buffers: [Buffer] = []
      for floats in turns { buffers.append(try Buffer(device, count: floats * imagesPerRun)) }
      activations = buffers
    }
    return activations[turn]
  }

  /// Images for kernels to read: in their place, where the device works on the host's memory.
  private func input(_ images: UnsafeBufferPointer<Float>) throws(OpenCLError) -> Buffer {
    if device.info.hasHostUnifiedMemory {
      return try Buffer(device, lending: UnsafeRawBufferPointer(images), of: self)
    }
    let buffer: Buffer
    if let copies { buffer = copies } else { buffer = try Buffer(device, count: inputCount * imagesPerRun) }
    copies = buffer
    try buffer.write(images)
    return buffer
  }

  /// Gives back all memory on the device; the next run takes it again.
  func releaseMemory() {
    copies = nil
    activations = []
    operations = []
  }

  /// Computes the features of `count` images.
  ///
  /// - Parameters:
  ///   - images: [count, H, W, C], preprocessed. Nothing reads them after the call, unless the device fails.
  ///   - records: Where they go, one image's after another's.
  /// - Throws: `OpenCLError`, or ``EngineError/beyondHalfPrecision``.
  func run(
    _ images: UnsafePointer<Float>, count: Int, into records: UnsafeMutableRawPointer,
    as precision: FeaturePrecision
  ) throws {
    let recordBytes = output.count * precision.byteCount
    guard !groups.isEmpty else {
      guard precision.keep(images, count: count * inputCount, in: records) else {
        throw EngineError.beyondHalfPrecision
      }
      return
    }
    for first in stride(from: 0, to: count, by: imagesPerRun) {
      let batch = min(imagesPerRun, count - first)
      let input = try input(
        UnsafeBufferPointer(start: images + first * inputCount, count: batch * inputCount))
      // Letting go of it would wait for what reads it, before the rest is queued.
      defer { withExtendedLifetime(input) {} }
      var from = input
      for index in groups.indices { from = try enqueue(index, reading: from, images: batch) }
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
  private func enqueue(_ index: Int, reading input: Buffer, images: Int) throws -> Buffer {
    let output = try target(index % 2)
    let pass = ForwardPass(
      input: input, types: groups[index].types, images: images, mode: .inference)
    try operation(index).forward(pass, to: output)
    return output
  }

  /// Runs each operation by itself, several times.
  ///
  /// - Parameters:
  ///   - images: As many as go through at once, preprocessed.
  ///   - measure: Given what is computed and what runs it once; called in order.
  func forEachOperation(
    on images: [Float],
    _ measure: (FrozenGroup, _ images: Int, _ run: @escaping () throws -> Void) throws -> Void
  ) throws {
    var from = try Buffer(device, floats: images)
    for index in groups.indices {
      let source = from
      from = try enqueue(index, reading: source, images: imagesPerRun)
      try measure(groups[index], imagesPerRun) {
        _ = try self.enqueue(index, reading: source, images: self.imagesPerRun)
      }
    }
  }
}
