/// A feature's list, as far as it counts here: what is first in it, and how much there is.
enum ExampleFeature {
  case bytes(first: Range<Int>?, count: Int)
  case integers(first: UInt64?, count: Int)
  case other

  /// Reads a `Feature`: a `oneof` of lists of bytes, floats and integers.
  init(_ bytes: UnsafeRawBufferPointer, in range: Range<Int>) throws(MalformedMessage) {
    let (bytesList, integerList) = (1 as UInt64, 3 as UInt64)
    var feature = ExampleFeature.other
    var fields = ProtobufReader(bytes, in: range)
    while let (field, value) = try fields.next() {
      guard case .content(let list) = value else { continue }
      switch field {
      case bytesList: feature = try ExampleFeature(bytesList: bytes, in: list)
      case integerList: feature = try ExampleFeature(integerList: bytes, in: list)
      default: feature = .other
      }
    }
    self = feature
  }

  private init(bytesList bytes: UnsafeRawBufferPointer, in range: Range<Int>) throws(MalformedMessage) {
    var first: Range<Int>?
    var count = 0
    var fields = ProtobufReader(bytes, in: range)
    while let (field, value) = try fields.next() {
      guard field == 1, case .content(let content) = value else { continue }
      first = first ?? content
      count += 1
    }
    self = .bytes(first: first, count: count)
  }

  /// Each integer with a tag of its own, or all of them packed behind one.
  private init(integerList bytes: UnsafeRawBufferPointer, in range: Range<Int>) throws(MalformedMessage) {
    var first: UInt64?
    var count = 0
    var fields = ProtobufReader(bytes, in: range)
    while let (field, value) = try fields.next() {
      guard field == 1 else { continue }
      switch value {
      case .varint(let integer):
        first = first ?? integer
        count += 1
      case .content(let packed):
        var integers = ProtobufReader(bytes, in: packed)
        while let integer = try integers.nextPacked() {
          first = first ?? integer
          count += 1
        }
      case .fixed: continue
      }
    }
    self = .integers(first: first, count: count)
  }
}

/// The features of an example, by name.
struct ExampleFeatures {
  private var all: [String: ExampleFeature] = [:]

  /// Reads an `Example`: one `Features`, which is a map, and so a list of pairs.
  init(_ bytes: UnsafeRawBufferPointer) throws(MalformedMessage) {
    var example = ProtobufReader(bytes, in: 0..<bytes.count)
    while let (field, value) = try example.next() {
      guard field == 1, case .content(let features) = value else { continue }
      var pairs = ProtobufReader(bytes, in: features)
      while let (field, value) = try pairs.next() {
        guard field == 1, case .content(let pair) = value else { continue }
        try add(pair, of: bytes)
      }
    }
  }

  private mutating func add(_ pair: Range<Int>, of bytes: UnsafeRawBufferPointer) throws(MalformedMessage) {
    var name = 0..<0
    var feature = ExampleFeature.other
    var fields = ProtobufReader(bytes, in: pair)
    while let (field, value) = try fields.next() {
      guard case .content(let content) = value else { continue }
      if field == 1 { name = content }
      if field == 2 { feature = try ExampleFeature(bytes, in: content) }
    }
    all[String(decoding: bytes[name], as: UTF8.self)] = feature
  }

  /// The names, in order, for a message.
  var names: String {
    let quoted = all.keys.sorted().map { "'\($0.onOneLine)'" }
    return quoted.isEmpty ? "none" : quoted.prefix(8).joined(separator: ", ")
  }

  /// The one string of bytes of the first of these features that is there.
  func bytes(of possible: [String]) throws(TrainExample.Fault) -> Range<Int> {
    guard let name = possible.first(where: { all[$0] != nil }) else {
      let wanted = possible.map { "'\($0)'" }.joined(separator: " or ")
      throw TrainExample.Fault(why: "no feature \(wanted); it has \(names)")
    }
    guard case .bytes(let first?, count: 1) = all[name] else {
      throw TrainExample.Fault(why: "feature '\(name)' is not one string of bytes: an image file is needed")
    }
    return first
  }

  /// The one integer of the first of these features that is there; nil where none is.
  func integer(of possible: [String]) throws(TrainExample.Fault) -> Int64? {
    guard let name = possible.first(where: { all[$0] != nil }) else { return nil }
    guard case .integers(let first?, count: 1) = all[name] else {
      throw TrainExample.Fault(why: "feature '\(name)' is not one integer")
    }
    return Int64(bitPattern: first)
  }

  /// With control characters escaped; nil where there is none that can be read.
  func text(of name: String, in bytes: UnsafeRawBufferPointer) -> String? {
    guard case .bytes(let first?, count: 1) = all[name], !first.isEmpty else { return nil }
    return String(validating: bytes[first], as: UTF8.self)?.onOneLine
  }
}
