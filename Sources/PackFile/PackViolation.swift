public import ModelGraph

/// The rule of FORMAT.md that a file breaks, or that a pack cannot keep: a case a rule, in the rules' order.
///
/// `at` is the offset in the file; a payload is named by its weight, `conv1/kernel`, or as `correction of conv1`.
public enum PackViolation: Error, Hashable {
  case tooShort(length: Int)
  case wrongMagic
  case unsupportedVersion(UInt32)
  case unknownFeatures(UInt32)
  case wrongLength(stored: UInt64, found: Int)
  case wrongHeaderLength(Int)
  case headerChecksum(stored: UInt32, computed: UInt32)
  case headerEndsEarly(at: Int)
  case headerContinues(at: Int)
  case textTooLong(at: Int, length: Int)
  case badText(at: Int)
  case reservedNotZero(at: Int)
  case badBoolean(at: Int, value: UInt8)
  case unknownCode(PackField, at: Int, value: UInt8)
  case tooMany(PackList, count: Int, limit: Int)
  case badPreprocessing(divisor: Float, offset: Float)
  case badDigest(String)
  case badNetwork(GraphError)
  case labelCount(labels: Int, outputs: Int)
  case tensorCount(found: Int, expected: Int)
  case wrongTensor(index: Int, expected: WeightID)
  case unsupportedDType(WeightID, code: UInt8)
  case unsupportedStorage(WeightID, code: UInt8)
  case wrongShape(WeightID, expected: Shape, found: Shape)
  case trainedStatistic(WeightID)
  case badRanges(WeightID)
  case wrongByteCount(WeightID, expected: Int, found: UInt64)
  case correctionCount(found: Int, expected: Int)
  case wrongCorrection(index: Int, expected: String)
  case correctionSize(layer: String, steps: Int, marks: Int, elements: Int)
  case wrongOffset(payload: String, expected: Int, found: UInt64)
  case payloadBeyondFile(payload: String)
  case dataAfterPayloads(at: Int)
  case paddingNotZero(at: Int)
  case payloadChecksum(payload: String, stored: UInt32, computed: UInt32)
  case badNormalization(GraphError)
  case correctionEndsEarly(layer: String)
  case correctionBeyondKernel(layer: String)
  case correctionContinues(layer: String)
  case correctionOverlaps(layer: String, element: Int)
  case unusedFeatures(set: UInt32, used: UInt32)
  case badTypeEntry(index: Int)
  case badError(WeightID, Float)
  case badElementType(WeightID, ElementType, variable: DType)
  case approximateOriginal(WeightID)
  case badScale(WeightID, channel: Int, scale: Float)
  case badElement(WeightID, index: Int)
  case badCompressedSize(WeightID, raw: Int, found: UInt64)
  case badBlockSize(payload: String, block: Int)
  case damagedBlock(payload: String, block: Int)
  case inflatesTooFar(WeightID)
  /// The pack is sound, and there is no room for so many bytes.
  case noMemory(bytes: Int)
}

extension PackViolation: CustomStringConvertible {
  /// The rule's number in FORMAT.md.
  public var rule: Int { entry.rule }

  public var description: String { entry.text }

  private var entry: (rule: Int, text: String) {
    switch self {
    case .tooShort(let length):
      (1, "it has \(length) bytes, fewer than the \(Format.preambleLength) that every pack has")
    case .wrongMagic: (2, "it does not begin as a pack does")
    case .unsupportedVersion(let version):
      (3, "its format has version \(version); this mlpack reads version \(Format.version)")
    case .unknownFeatures(let bits):
      (4, "it needs features 0x\(String(bits, radix: 16)) that this mlpack does not know")
    case .wrongLength(let stored, let found): (5, "it has \(found) bytes where its own length is \(stored)")
    case .wrongHeaderLength(let length):
      (6, "a header of \(length) bytes is longer than the file or than \(Format.maximumHeader)")
    case .headerChecksum(let stored, let computed): (7, mismatch("the header", stored, computed))
    case .headerEndsEarly(let offset): (8, "the header ends within the field at byte \(offset)")
    case .headerContinues(let offset): (9, "the header goes on at byte \(offset), after its last field")
    case .textTooLong(let offset, let length):
      (10, "the text at byte \(offset) has \(length) bytes; at most \(Format.maximumText) are allowed")
    case .badText(let offset): (11, "the text at byte \(offset) is not UTF-8 or has control characters")
    case .reservedNotZero(let offset): (12, "the reserved field at byte \(offset) is not zero")
    case .badBoolean(let offset, let value): (13, "the flag at byte \(offset) is \(value); expected 0 or 1")
    case .unknownCode(let field, let offset, let value):
      (14, "the \(field.rawValue) code at byte \(offset) is \(value), which has no meaning")
    case .tooMany(let list, let count, let limit):
      (15, "\(count) \(list.rawValue) are more than the \(limit) allowed")
    case .badPreprocessing(let divisor, let offset):
      (16, "pixels / \(divisor) + \(offset) is no preprocessing")
    case .badDigest(let digest):
      (17, "the source's digest '\(digest)' is not 64 lower-case hexadecimal digits")
    case .badNetwork(let error): (18, error.description)
    case .labelCount(let labels, let outputs): (19, "\(labels) labels for a network with \(outputs) outputs")
    case .tensorCount(let found, let expected):
      (20, "\(found) tensors for a network with \(expected) weights")
    case .wrongTensor(let index, let expected): (21, "tensor \(index) is not '\(expected)', whose turn it is")
    case .unsupportedDType(let id, let code):
      (22, "'\(id)' has element type \(code), which has no meaning")
    case .unsupportedStorage(let id, let code):
      (23, "'\(id)' has storage \(code), which has no meaning")
    case .wrongShape(let id, let expected, let found):
      (24, "'\(id)' has shape \(found); expected \(expected)")
    case .trainedStatistic(let id): (25, "'\(id)' is marked trainable; moving statistics never are")
    case .badRanges(let id):
      (26, "the trainable channels of '\(id)' are not sorted ranges, apart, of some of its channels")
    case .wrongByteCount(let id, let expected, let found):
      (27, "'\(id)' has \(found) bytes; expected \(expected)")
    case .correctionCount(let found, let expected):
      (28, "\(found) corrections for \(expected) folded convolutions")
    case .wrongCorrection(let index, let expected):
      (29, "correction \(index) is not that of '\(expected)', whose turn it is")
    case .correctionSize(let layer, let steps, let marks, let elements):
      (30, "the correction of '\(layer)' has \(steps) steps and \(marks) marks for \(elements) elements")
    case .wrongOffset(let payload, let expected, let found):
      (31, "'\(payload)' lies at \(found) of the data; expected \(expected)")
    case .payloadBeyondFile(let payload): (32, "'\(payload)' reaches beyond the end of the file")
    case .dataAfterPayloads(let offset): (33, "there is data at byte \(offset), after the last payload")
    case .paddingNotZero(let offset): (34, "the padding at byte \(offset) is not zero")
    case .payloadChecksum(let payload, let stored, let computed):
      (35, mismatch("'\(payload)'", stored, computed))
    case .badNormalization(let error): (36, error.description)
    case .correctionEndsEarly(let layer): (37, "the correction of '\(layer)' ends before its last entry")
    case .correctionBeyondKernel(let layer): (38, "the correction of '\(layer)' reaches beyond its kernel")
    case .correctionContinues(let layer): (39, "the correction of '\(layer)' goes on after its last entry")
    case .correctionOverlaps(let layer, let element):
      (40, "the correction of '\(layer)' has both a step and a mark for element \(element)")
    case .unusedFeatures(let set, let used):
      (41, "it announces features 0x\(String(set, radix: 16)) and has 0x\(String(used, radix: 16))")
    case .badTypeEntry(let index):
      (42, "type entry \(index) is out of order, of no tensor, or says nothing")
    case .badError(let id, let error): (43, "'\(id)' is approximate by \(error); expected a positive number")
    case .badElementType(let id, let type, let variable):
      (44, "'\(id)', a \(variable.rawValue) variable, cannot be stored as \(type.rawValue)")
    case .approximateOriginal(let id): (45, "'\(id)' is stored as in Keras, but marked approximate")
    case .badScale(let id, let channel, let scale):
      (46, "the scale of '\(id)' in channel \(channel) is \(scale)")
    case .badElement(let id, let index):
      (47, "element \(index) of '\(id)' is none that a reduced kernel has")
    case .badCompressedSize(let id, let raw, let found):
      (48, "'\(id)' has \(found) bytes compressed and \(raw) as it is")
    case .badBlockSize(let payload, let block):
      (49, "the size of block \(block) of '\(payload)' cannot be")
    case .damagedBlock(let payload, let block):
      (50, "block \(block) of '\(payload)' does not inflate to what it stands for")
    case .inflatesTooFar(let id):
      (51, "with '\(id)' compressed tensors inflate to more than \(Format.maximumInflated) bytes")
    case .noMemory(let bytes):
      (51, "its compressed tensors inflate to \(bytes) bytes, for which there is no memory")
    }
  }

  private func mismatch(_ what: String, _ stored: UInt32, _ computed: UInt32) -> String {
    "the checksum of \(what) is 0x\(String(computed, radix: 16)); stored is 0x\(String(stored, radix: 16))"
  }
}
