import ModelGraph
import OpenCL

/// The stages from the first trained one to the logits: forward over a batch, and backward.
final class TrainableTail {
  let operations: [any StageOperation]
  let parameters: [Parameter]
  private let device: Device
  private let features: FeatureShape
  /// Of the batch: first the features, then each stage's output; the last one the logits.
  private let activations: [Buffer]
  /// Gradients of outputs take turns in these two; the loss writes to the first.
  private let gradients: [Buffer]

  init(_ operations: [any StageOperation], _ plan: Plan, batchSize: Int, _ device: Device) throws(OpenCLError)
  {
    self.operations = operations
    self.device = device
    parameters = operations.flatMap(\.parameters)
    features = plan.featureShape
    let outputs = plan.stages[plan.cut..<plan.end].map(\.outputShape.floatsPerImage)
    var activations = [try Buffer(device, count: plan.featureShape.count * batchSize)]
    for count in outputs { activations.append(try Buffer(device, count: count * batchSize)) }
    self.activations = activations
    var gradients: [Buffer] = []
    if !parameters.isEmpty {
      let largest = outputs.max() ?? 0
      for _ in 0..<2 { gradients.append(try Buffer(device, count: largest * batchSize)) }
    }
    self.gradients = gradients
  }

  var logits: Buffer { activations[activations.count - 1] }

  /// The gradient of the logits, for the loss to write; nil where nothing is trained.
  var logitsGradient: Buffer? { gradients.first }

  /// Loads a batch.
  ///
  /// - Parameters:
  ///   - records: Features of many images, one after another.
  ///   - indices: Positions among them of the batch's images.
  func load(_ records: UnsafePointer<Float>, _ indices: ArraySlice<Int>) throws(OpenCLError) {
    try activations[0].withMappedFloats(indices.count * features.count, .overwriting) { batch in
      guard let base = batch.baseAddress else { return }
      for (position, index) in indices.enumerated() {
        features.place(records + index * features.count, as: position, in: base, images: indices.count)
      }
    }
  }

  func forward(images: Int) throws(OpenCLError) {
    for (index, operation) in operations.enumerated() {
      try operation.forward(activations[index], to: activations[index + 1], images: images)
    }
  }

  /// From the gradient of the logits to those of the parameters.
  func backward(images: Int) throws(OpenCLError) {
    for (turn, index) in operations.indices.reversed().enumerated() {
      let pass = BackwardPass(
        input: activations[index], output: activations[index + 1], outputGradient: gradients[turn % 2],
        images: images)
      try operations[index].backward(pass, to: index == 0 ? nil : gradients[(turn + 1) % 2])
    }
  }
}
