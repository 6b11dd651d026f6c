/// One term of a mask expression, taken apart: `-conv_pw_13:kernel[0:256]`.
struct MaskTerm {
  enum Selector {
    case name(String)
    /// `*` stands for any letters, `?` for one.
    case glob(String)
    /// `A..B`, in network order; an end that is left out is the network's.
    case range(first: String?, last: String?)
  }

  /// As written, for messages.
  let text: String
  let takesAway: Bool
  let selector: Selector
  /// nil for every tensor of the layer.
  let tensor: String?
  /// Output channels; nil for all. The upper end may be left out.
  let slice: PartialSlice?

  struct PartialSlice {
    let from: Int
    let to: Int?
  }

  /// - Parameter isLayer: Whether the network has a layer of that name. Such a name is taken as it stands, even
  ///   where it looks like more.
  init(_ text: String, isLayer: (String) -> Bool) throws(MaskError) {
    let text = text.trimmed
    self.text = text
    takesAway = text.hasPrefix("-") && !isLayer(text)
    let body = takesAway ? String(text.dropFirst()).trimmed : text
    guard !body.isEmpty else { throw .emptyTerm }
    guard !isLayer(body) else {
      selector = .name(body)
      tensor = nil
      slice = nil
      return
    }
    let (unsliced, slice) = try MaskTerm.splitSlice(body, text)
    self.slice = slice
    let parts = unsliced.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    tensor = parts.count == 2 ? String(parts[1]) : nil
    selector = MaskTerm.selector(String(parts[0]), isLayer: isLayer)
  }

  private static func selector(_ text: String, isLayer: (String) -> Bool) -> Selector {
    if isLayer(text) { return .name(text) }
    guard let dots = text.firstRange(of: "..") else {
      return text.contains { $0 == "*" || $0 == "?" } ? .glob(text) : .name(text)
    }
    let first = String(text[..<dots.lowerBound])
    let last = String(text[dots.upperBound...])
    return .range(first: first.isEmpty ? nil : first, last: last.isEmpty ? nil : last)
  }

  private static func splitSlice(_ body: String, _ term: String) throws(MaskError) -> (String, PartialSlice?)
  {
    guard body.hasSuffix("]"), let open = body.lastIndex(of: "[") else { return (body, nil) }
    let inside = body[body.index(after: open)...].dropLast()
    let ends = inside.split(separator: ":", omittingEmptySubsequences: false)
    guard ends.count == 2, let from = ends[0].isEmpty ? 0 : Int(ends[0]), from >= 0 else {
      throw .badSlice(term: term)
    }
    guard !ends[1].isEmpty else { return (String(body[..<open]), PartialSlice(from: from, to: nil)) }
    guard let to = Int(ends[1]), from < to else { throw .badSlice(term: term) }
    return (String(body[..<open]), PartialSlice(from: from, to: to))
  }

  /// Whether the term means the weight of that name: `:kernel` is also a depthwise layer's kernel, which Keras 2
  /// calls `depthwise_kernel` and Keras 3 `kernel`.
  func selects(_ name: WeightName) -> Bool {
    guard let tensor else { return name.isTrainable }
    return tensor == name.rawValue || tensor == WeightName.kernel.rawValue && name == .depthwiseKernel
  }
}

/// Whether all of `name` fits `pattern`, in which `*` stands for any letters and `?` for one.
///
/// At most `name.count · pattern.count` steps, whatever the pattern.
func globMatches(_ pattern: String, _ name: String) -> Bool {
  let pattern = Array(pattern.utf8)
  let name = Array(name.utf8)
  var inPattern = 0
  var inName = 0
  var lastStar: Int?
  var starEnd = 0
  while inName < name.count {
    if inPattern < pattern.count, pattern[inPattern] == UInt8(ascii: "*") {
      lastStar = inPattern
      starEnd = inName
      inPattern += 1
    } else if inPattern < pattern.count,
      pattern[inPattern] == name[inName] || pattern[inPattern] == UInt8(ascii: "?")
    {
      inPattern += 1
      inName += 1
    } else if let star = lastStar {
      starEnd += 1
      inName = starEnd
      inPattern = star + 1
    } else {
      return false
    }
  }
  return pattern[inPattern...].allSatisfy { $0 == UInt8(ascii: "*") }
}

extension String {
  var trimmed: String {
    let head = drop(while: \.isWhitespace)
    return String(head[..<(head.lastIndex { !$0.isWhitespace }.map(head.index(after:)) ?? head.startIndex)])
  }
}
