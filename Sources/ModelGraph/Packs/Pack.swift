/// Where a pack comes from.
public struct Provenance: Sendable, Hashable {
  /// File name of the source, without its folder.
  public var sourceName: String
  /// SHA-256 of the source's bytes, in lower-case hexadecimal.
  public var sourceDigest: String
  /// The mlpack that wrote the pack.
  public var toolVersion: String

  public init(sourceName: String, sourceDigest: String, toolVersion: String) {
    self.sourceName = sourceName
    self.sourceDigest = sourceDigest
    self.toolVersion = toolVersion
  }
}

/// A network as a device wants it: batch-norm folded where nothing of it is trained.
///
/// `graph` still has every layer and `weights` every weight of the model, as `float32`. Of a folded convolution,
/// `weights` holds the kernel that was multiplied by its batch-norm's scale, and `corrections` what turns it back,
/// unless `forms` knows its original or has it in fewer bits.
///
/// A value of this type is sound: every weight is there, in its shape and in `float32`; the mask names channels
/// that exist and no moving statistics; every batch-norm can be computed; exactly the convolutions that the mask
/// leaves folded and that have neither an original nor a reduction have a correction, of their kernel's size; the
/// weights of originals are theirs, folded where the convolution is, and those that are reduced hold only values
/// that their precision has.
public struct Pack: Sendable {
  public let graph: Graph
  public let mask: FreezeMask
  public let weights: Weights
  /// Names of the convolutions whose kernels are multiplied by their batch-norm's scale.
  public let foldedLayers: Set<String>
  /// By the name of the folded convolution.
  public let corrections: [String: FoldCorrection]
  public let forms: WeightForms
  /// Whether a file of this pack is to be compressed; no value depends on it.
  public var compresses: Bool
  public var labels: [String]
  public var preprocessing: Preprocessing
  public var provenance: Provenance

  /// - Parameter weights: Of each weight that has an original in `forms`, any value or none: it follows from that.
  /// - Throws: The first rule that the parts break together.
  public init(
    graph: Graph, mask: FreezeMask, weights: Weights, corrections: [String: FoldCorrection],
    forms: WeightForms = WeightForms(), compresses: Bool = false, labels: [String],
    preprocessing: Preprocessing, provenance: Provenance
  ) throws(GraphError) {
    var weights = weights.merging(forms.originals.mapValues(\.float32)) { _, original in original }
    try graph.check(weights)
    try graph.checkDTypes(weights)
    try graph.check(mask)
    try graph.check(labels: labels)
    try graph.checkNormalizations(weights)
    try graph.foldOriginals(forms.originals, under: mask, into: &weights)
    try graph.check(forms, of: weights, under: mask)
    try graph.check(corrections, under: mask, forms)
    self.graph = graph
    self.mask = mask
    self.weights = weights
    foldedLayers = Set(graph.foldedKernels(under: mask).map(\.layer))
    self.corrections = corrections
    self.forms = forms
    self.compresses = compresses
    self.labels = labels
    self.preprocessing = preprocessing
    self.provenance = provenance
  }
}
