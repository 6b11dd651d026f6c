import KerasFiles
import ModelGraph
import PackFile
import SystemFiles

/// What `inspect` finds in a file.
struct Inspection {
  /// A name for scripts: `mlpack`, `keras-h5`, …
  let format: String
  /// Whether the file holds a network, or weights from which one was concluded.
  let isModel: Bool
  /// What the file is, for a person.
  let title: String
  let notes: [String]
  let graph: Graph
  let weights: Weights
  /// How the file keeps each weight; empty where that is as `weights` has it.
  let stored: [WeightID: StoredTensor]
  let mask: FreezeMask
  let labels: [String]
  let provenance: Provenance?
  /// Size of the file.
  let byteCount: Int
  /// nil for a file of Keras.
  private let pack: Pack?

  init(reading path: String) throws {
    byteCount = try MappedFile(path: path).count
    switch try NetworkFile(reading: path, head: .leftOut) {
    case .keras(let file):
      format = file.container.rawValue
      isModel = file.container.isModel
      title = file.formatDescription
      notes = file.notes + file.foreignHeadNotes
      graph = file.model.graph
      weights = file.model.weights
      stored = [:]
      mask = FreezeMask(trainableFlagsOf: graph)
      labels = []
      provenance = nil
      pack = nil
    case .pack(let pack):
      format = "mlpack"
      isModel = true
      title = "mlpack pack"
      notes = pack.graph.remarks(onValuesOf: pack.weights)
      graph = pack.graph
      weights = pack.weights
      stored = try PackFile.storedTensors(path)
      mask = pack.mask
      labels = pack.labels
      provenance = pack.provenance
      self.pack = pack
    }
  }

  /// Statistics of every weight as Keras has it, unfolded.
  func statistics() throws(GraphError) -> [WeightID: TensorStatistics] {
    let model = try pack?.unfolded()
    return (model?.weights ?? weights).mapValues(TensorStatistics.init)
  }

  var trainableCount: Int { mask.trainableParameterCount(in: graph) }

  /// What is trained of a layer: `Y`, `N` or a share as in Keras's summary, `-` where there is nothing to train.
  func training(at position: Int) -> String {
    let total = graph.parameterCount(at: position)
    guard total > 0 else { return "-" }
    let name = graph.layers[position].name
    let trained = graph.weightSpecs[position].reduce(0) { sum, spec in
      let count = mask[WeightID(layer: name, name: spec.name)].trainableCount(of: spec.channelCount)
      return sum + spec.elementCount / spec.channelCount * count
    }
    let trainable = graph.weightSpecs[position].filter(\.name.isTrainable).reduce(0) { $0 + $1.elementCount }
    if trained == trainable { return "Y" }
    return trained == 0 ? "N" : fixed(max(Double(trained) / Double(trainable) * 100, 1), 0) + "%"
  }

  /// A weight as the file keeps it.
  struct TensorFacts {
    let name: WeightName
    let shape: Shape
    let dtype: String
    let byteCount: Int
  }

  /// The layer's weights in Keras's order.
  func tensors(at position: Int) -> [TensorFacts] {
    graph.weightSpecs[position].compactMap { spec in
      let id = WeightID(layer: graph.layers[position].name, name: spec.name)
      return weights[id].map { tensor in
        TensorFacts(
          name: spec.name, shape: tensor.shape, dtype: stored[id]?.type.rawValue ?? tensor.dtype.rawValue,
          byteCount: stored[id]?.byteCount ?? tensor.bytes.count)
      }
    }
  }

  func byteCount(at position: Int) -> Int { tensors(at: position).reduce(0) { $0 + $1.byteCount } }
}
