import ModelGraph

/// What the header of a pack says, field by field, before anything is concluded from it.
struct Header {
  var name: String
  var preprocessing: Preprocessing
  var provenance: Provenance
  var labels: [String]
  var layers: [Layer]
}

extension HeaderReader {
  /// The fields before the directory.
  mutating func header() throws(PackViolation) -> Header {
    Header(
      name: try text(), preprocessing: try preprocessing(), provenance: try provenance(),
      labels: try list(.labels, limit: Format.maximumLabels) { (reader) throws(PackViolation) in
        try reader.text()
      },
      layers: try list(.layers, limit: Format.maximumLayers) { (reader) throws(PackViolation) in
        try reader.layer()
      })
  }

  private mutating func preprocessing() throws(PackViolation) -> Preprocessing {
    let preprocessing = Preprocessing(divisor: try float(), offset: try float())
    try preprocessing.check()
    return preprocessing
  }

  private mutating func provenance() throws(PackViolation) -> Provenance {
    let provenance = Provenance(
      sourceName: try text(), sourceDigest: try text(), toolVersion: try text())
    try provenance.check()
    return provenance
  }

  private mutating func layer() throws(PackViolation) -> Layer {
    let name = try text()
    let operation = try code(.operation, OperationCode.init(rawValue:))
    let trainable = try boolean()
    try reserved()
    let inputs = try list(.inputs, limit: Format.maximumInputs) { (reader) throws(PackViolation) in
      try reader.size()
    }
    return Layer(name: name, operation: try self.operation(operation), inputs: inputs, trainable: trainable)
  }
}

extension HeaderWriter {
  mutating func header(_ header: Header) throws(PackViolation) {
    try text(header.name)
    try header.preprocessing.check()
    float(header.preprocessing.divisor)
    float(header.preprocessing.offset)
    try header.provenance.check()
    for field in [
      header.provenance.sourceName, header.provenance.sourceDigest, header.provenance.toolVersion,
    ] {
      try text(field)
    }
    try list(.labels, limit: Format.maximumLabels, header.labels) { (writer, label) throws(PackViolation) in
      try writer.text(label)
    }
    try list(.layers, limit: Format.maximumLayers, header.layers) { (writer, layer) throws(PackViolation) in
      try writer.layer(layer)
    }
  }

  private mutating func layer(_ layer: Layer) throws(PackViolation) {
    try text(layer.name)
    integer(OperationCode(of: layer.operation).rawValue)
    boolean(layer.trainable)
    integer(UInt16(0))
    try list(.inputs, limit: Format.maximumInputs, layer.inputs) { (writer, input) in writer.size(input) }
    try operation(layer.operation)
  }
}

extension Preprocessing {
  fileprivate func check() throws(PackViolation) {
    guard divisor.isFinite, divisor != 0, offset.isFinite else {
      throw .badPreprocessing(divisor: divisor, offset: offset)
    }
  }
}

extension Provenance {
  fileprivate func check() throws(PackViolation) {
    guard Text.isDigest(sourceDigest) || sourceDigest.isEmpty else { throw .badDigest(sourceDigest) }
  }
}
