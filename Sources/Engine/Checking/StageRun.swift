package import ModelGraph
import OpenCL

/// What an operation gave that was run by itself. Arrays are in Keras's order.
package final class StageRun {
  /// Of the forward pass in training; of the only one where the operation is frozen.
  package private(set) var output: [Float] = []
  /// Of the forward pass in inference; empty where the operation is frozen.
  package private(set) var inference: [Float] = []
  /// nil where nobody needs it.
  package private(set) var inputGradient: [Float]?
  /// Of the weights that are trained.
  package private(set) var gradients: Weights = [:]
  /// The weights that move with the data, afterwards; those of the batch-norm behind it, too, where it takes its statistics.
  package private(set) var statistics: Weights = [:]
  /// The kernels that were launched, forward and backward.
  package private(set) var forwardKernels: [KernelRun] = []
  package private(set) var backwardKernels: [KernelRun] = []

  private let catalogue: KernelCatalogue
  private let parameters: [Parameter]

  init(
    frozen operation: any ForwardOperation, _ unit: StageProbe.Unit, _ input: [Float], _ parts: [Int],
    _ catalogue: KernelCatalogue
  ) throws {
    self.catalogue = catalogue
    parameters = []
    let layout = UnitLayout(unit, catalogue.device)
    var first = 0
    for images in parts {
      let output = try layout.unwrittenOutput(images)
      let pass = ForwardPass(
        input: try layout.input(input, first, images).buffer, types: unit.types, images: images,
        mode: .inference)
      forwardKernels += try catalogue.tracing { try operation.forward(pass, to: output) }
      self.output += try layout.plainOutput(output, images)
      first += images
    }
  }

  init(
    _ operation: any StageOperation, _ unit: StageProbe.Unit, _ following: TrainedNormalization?,
    _ input: [Float], gradient: [Float], parts: [MicroBatch], _ catalogue: KernelCatalogue
  ) throws {
    self.catalogue = catalogue
    parameters = operation.parameters
    let layout = UnitLayout(unit, catalogue.device)
    var inputs: [UnitLayout.Input] = []
    for part in parts {
      // Of the parts that may be records, all but the first are.
      let areRecords = operation.readsRecords && part.first > 0
      let read =
        areRecords
        ? try layout.records(input, part.first, part.images)
        : try layout.input(input, part.first, part.images)
      inputs.append(read)
      let output = try layout.unwrittenOutput(part.images)
      let pass = ForwardPass(
        input: read.buffer, index: read.index, images: part.images, mode: .inference)
      forwardKernels += try catalogue.tracing { try operation.forward(pass, to: output) }
      inference += try layout.plainOutput(output, part.images)
    }
    if unit.passesGradientOn { inputGradient = [] }
    let replacesGradient = unit.stages.count == 1 && unit.stages[0].replacesGradient
    let operands = try zip(parts, inputs).map { part, input in
      let outputGradient = try layout.outputGradient(gradient, part.first, part.images)
      return Operands(
        part: part, input: input, output: try layout.unwrittenOutput(part.images),
        outputGradient: outputGradient,
        inputGradient: !unit.passesGradientOn
          ? nil : replacesGradient ? outputGradient : try layout.unwrittenInput(part.images))
    }
    // As in a training step: each micro-batch forward and backward by itself, unless the operation needs the whole batch.
    let needsWholeBatch = operation.leadingNormalization != nil
    for group in needsWholeBatch ? [operands] : operands.map({ [$0] }) {
      try run(operation, group)
      for part in group {
        output += try layout.plainOutput(part.output, part.part.images)
        if let gradient = part.inputGradient {
          inputGradient? += try layout.plainInput(gradient, part.part.images)
        }
      }
    }
    for parameter in operation.parameters { gradients[parameter.id] = try parameter.gradientTensor() }
    for parameter in operation.statistics + (following?.statistics ?? []) {
      statistics[parameter.id] = try parameter.tensor()
    }
  }

  /// What the operation reads and writes of a micro-batch.
  private struct Operands {
    let part: MicroBatch
    let input: UnitLayout.Input
    let output: Buffer
    let outputGradient: Buffer
    let inputGradient: Buffer?
  }

  private func run(_ operation: any StageOperation, _ group: [Operands]) throws {
    for number in 0..<operation.forwardPasses {
      for operands in group {
        let pass = ForwardPass(
          input: operands.input.buffer, index: operands.input.index, images: operands.part.images,
          mode: .training(operands.part), number: number)
        forwardKernels += try catalogue.tracing { try operation.forward(pass, to: operands.output) }
      }
    }
    for number in 0..<operation.backwardPasses {
      for operands in group {
        let pass = BackwardPass(
          input: operands.input.buffer, index: operands.input.index, output: operands.output,
          outputGradient: operands.outputGradient,
          part: operands.part, number: number)
        backwardKernels += try catalogue.tracing { try operation.backward(pass, to: operands.inputGradient) }
      }
    }
  }

  /// Updates the weights by the gradients that are there, an update for each learning rate.
  ///
  /// - Returns: The weights afterwards, and what the optimizer remembers.
  package func update(
    _ optimizer: Optimizer, learningRates: [Double]
  ) throws -> (weights: Weights, state: OptimizerState, kernels: [KernelRun]) {
    let update = try ParameterUpdate(optimizer, parameters, catalogue)
    let kernels = try catalogue.tracing {
      for rate in learningRates { try update.update(learningRate: rate) }
    }
    var weights: Weights = [:]
    for parameter in parameters { weights[parameter.id] = try parameter.tensor() }
    return (weights, try update.state(), kernels)
  }
}

/// How an operation's operands lie on a device.
private struct UnitLayout {
  private let inputShape: ActivationShape
  private let outputShape: ActivationShape
  private let types: OperandTypes
  /// Whether it reads plain images.
  private let readsImages: Bool
  private let device: Device

  init(_ unit: StageProbe.Unit, _ device: Device) {
    inputShape = unit.stages[0].inputShape
    outputShape = unit.stages[unit.stages.count - 1].outputShape
    types = unit.types
    readsImages = if case .conv2D = unit.stages[0].kind { true } else { false }
    self.device = device
  }

  struct Input {
    let buffer: Buffer
    /// Where it is records: that of each image.
    var index: Buffer?
  }

  func input(_ plain: [Float], _ first: Int, _ images: Int) throws(OpenCLError) -> Input {
    guard readsImages else {
      return Input(buffer: try blocked(plain, inputShape, first, images, as: types.input))
    }
    let count = inputShape.pixels * inputShape.channels
    return Input(buffer: try Buffer(device, floats: Array(plain[first * count..<(first + images) * count])))
  }

  /// The same as records of more images, in another order.
  func records(_ plain: [Float], _ first: Int, _ images: Int) throws(OpenCLError) -> Input {
    let others = [Float](repeating: .nan, count: inputShape.floatsPerImage)
    let records = (0..<images).reversed().flatMap { image in
      others + inputShape.blocked(plain, first: first + image, images: 1)
    }
    let index = try Buffer(device, count: images)
    try index.write((0..<images).map { UInt32(truncatingIfNeeded: 2 * (images - 1 - $0) + 1) })
    return Input(buffer: try Buffer(device, floats: records), index: index)
  }

  func outputGradient(_ plain: [Float], _ first: Int, _ images: Int) throws(OpenCLError) -> Buffer {
    try blocked(plain, outputShape, first, images, as: .float)
  }

  /// What is not written by a kernel shows as NaN.
  func unwrittenOutput(_ images: Int) throws(OpenCLError) -> Buffer {
    try unwritten(outputShape, images, as: types.output)
  }
  func unwrittenInput(_ images: Int) throws(OpenCLError) -> Buffer {
    try unwritten(inputShape, images, as: .float)
  }

  private func unwritten(
    _ shape: ActivationShape, _ images: Int, as element: Element
  ) throws(OpenCLError) -> Buffer {
    try Buffer(device, [Float](repeating: .nan, count: images * shape.floatsPerImage), as: element)
  }

  func plainOutput(_ buffer: Buffer, _ images: Int) throws(OpenCLError) -> [Float] {
    outputShape.plain(try buffer.numbers(images * outputShape.floatsPerImage), images: images)
  }

  func plainInput(_ buffer: Buffer, _ images: Int) throws(OpenCLError) -> [Float] {
    inputShape.plain(try buffer.floats(images * inputShape.floatsPerImage), images: images)
  }

  private func blocked(
    _ plain: [Float], _ shape: ActivationShape, _ first: Int, _ images: Int, as element: Element
  ) throws(OpenCLError) -> Buffer {
    try Buffer(device, shape.blocked(plain, first: first, images: images), as: element)
  }
}

extension ActivationShape {
  /// Some images of [N, H, W, C], as a device has them.
  func blocked(_ plain: [Float], first: Int = 0, images: Int) -> [Float] {
    var result = [Float](repeating: 0, count: images * floatsPerImage)
    let offset = first * pixels * channels
    forEachElement(images) { plainIndex, index in result[index] = plain[offset + plainIndex] }
    return result
  }

  /// The reverse of ``blocked(_:first:images:)``. Where a lane that fills up a block is not zero, all of its pixel is NaN:
  /// kernels count on it.
  func plain(_ blocked: [Float], images: Int) -> [Float] {
    var result = [Float](repeating: 0, count: images * pixels * channels)
    forEachElement(images) { plainIndex, index in result[plainIndex] = blocked[index] }
    let block = ActivationShape.block
    guard channels % block != 0 else { return result }
    let last = (blocks - 1) * images * pixels
    for pixel in 0..<images * pixels {
      for lane in channels % block..<block where blocked[(last + pixel) * block + lane] != 0 {
        result[pixel * channels + channels - 1] = .nan
      }
    }
    return result
  }

  @inline(__always)
  private func forEachElement(_ images: Int, _ body: (_ plain: Int, _ blocked: Int) -> Void) {
    let block = ActivationShape.block
    for pixel in 0..<images * pixels {
      for channel in 0..<channels {
        body(
          pixel * channels + channel,
          (channel / block * images * pixels + pixel) * block + channel % block)
      }
    }
  }
}
