import Engine
import Testing

/// A fault planted in the text of a kernel file.
struct Mutation: Sendable, CustomTestStringConvertible {
  enum Kind: String, CaseIterable, Sendable {
    /// Something that is stored is NaN.
    case notANumber = "NaN"
    /// One sum is taken with the other sign.
    case sign
    /// One loop ends a step too early.
    case tail
  }

  let file: String
  let kind: Kind
  /// Which of the places of its kind in the file.
  let place: Int
  let text: String
  /// The line that was changed.
  let line: String

  var testDescription: String { "\(file), \(kind.rawValue) \(place): \(line)" }

  /// At most so many of each kind in each file of a family.
  static func all(_ family: KernelFamily, most: Int) -> [Mutation] {
    KernelSources.of(family).filter { !$0.name.hasSuffix("peak.cl") }.flatMap { source in
      Kind.allCases.flatMap { kind in Array(places(of: kind, source.name, source.text).spread(most)) }
    }
  }

  private static func places(of kind: Kind, _ file: String, _ text: String) -> [Mutation] {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let changes = lines.indices.compactMap { index in
      changed(lines[index], kind).map { (index, $0) }
    }
    return changes.enumerated().map { place, change in
      var changed = lines
      changed[change.0] = change.1
      return Mutation(
        file: file, kind: kind, place: place, text: changed.joined(separator: "\n"),
        line: String(change.1.drop { $0.isWhitespace }))
    }
  }

  /// An assignment of a pointer or of bits, or one that goes on in the next line.
  private static func isOfNoNumber(_ line: String) -> Bool {
    if line.contains("bits") { return true }
    guard let value = line.firstRange(of: "] = ").map({ line[$0.upperBound...] }) else {
      return line.hasSuffix("=")
    }
    return value.contains("(size_t)") || !(value.hasSuffix(";") || value.hasSuffix("("))
  }

  /// The line with a fault that reads and writes nowhere else than before; nil where there is no place for one.
  private static func changed(_ line: String, _ kind: Kind) -> String? {
    guard !line.hasPrefix("//") else { return nil }
    switch kind {
    case .notANumber:
      // Of a choice the factor would be the condition.
      guard !line.contains("element##16 *)p)"), !line.contains(" ? "), !isOfNoNumber(line) else { return nil }
      for store in ["vstore16(", "vstore4(", "STORE_OUTPUT(", "store_block(", " STORE(", "] = "] {
        if let place = line.firstRange(of: store), !line.contains("uint") {
          return line.replacingOccurrences(place, by: store + "(float)(NAN) * ")
        }
      }
      return nil
    case .sign:
      if let call = line.firstRange(of: "MULTIPLY_ADD("), !line.hasPrefix("#") {
        return line.replacingOccurrences(call, by: "MULTIPLY_ADD(-")
      }
      if let step = line.firstRange(of: " - GRADIENT") {
        return line.replacingOccurrences(step, by: " + GRADIENT")
      }
      // A pointer moves by blocks.
      guard let match = line.firstMatch(of: #/\b(sum|total|aim|dx|dw|deviations|gradient)\w*(\[\w+\])* \+= /#),
        !line.hasSuffix("BLOCK;")
      else { return nil }
      return line.replacingOccurrences(match.range, by: match.output.0.dropLast(3) + "-= ")
    case .tail:
      guard let match = line.firstMatch(of: #/for \((?:uint|size_t) \w+ = [^;]+; \w+ < /#),
        // What is asked for ahead of its use changes no number.
        !line.contains("claim"), !line.contains("PREFETCH")
      else { return nil }
      let step = line.firstMatch(of: #/; \w+ \+= (\w+)\)/#)?.output.1 ?? "1"
      return line.replacingOccurrences(match.range, by: match.output.dropLast(2) + "+ \(step) < ")
    }
  }
}

extension String {
  fileprivate func replacingOccurrences(_ range: Range<Index>, by text: some StringProtocol) -> String {
    String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
  }
}

extension Array {
  /// At most `count` of the elements, evenly spread.
  fileprivate func spread(_ most: Int) -> [Element] {
    guard count > most else { return self }
    return (0..<most).map { self[$0 * count / most] }
  }
}
