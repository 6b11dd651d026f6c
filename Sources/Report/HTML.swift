/// Markup. Text that is interpolated into a literal is escaped, so that nothing from a file can become a tag
/// or leave its attribute; attributes stand in double quotes.
struct HTML: Sendable, ExpressibleByStringInterpolation {
  private(set) var text: String

  init(stringLiteral literal: String) { text = literal }
  init(stringInterpolation: Interpolation) { text = stringInterpolation.text }

  struct Interpolation: StringInterpolationProtocol {
    fileprivate(set) var text = ""

    init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity) }

    mutating func appendLiteral(_ literal: String) { text += literal }
    mutating func appendInterpolation(_ markup: HTML) { text += markup.text }
    mutating func appendInterpolation(_ list: [HTML]) { for markup in list { text += markup.text } }
    mutating func appendInterpolation(_ number: Int) { text += String(number) }
    mutating func appendInterpolation(_ plain: String) { text += HTML.escaped(plain) }
  }

  static func += (markup: inout HTML, more: HTML) { markup.text += more.text }

  /// Markup's own characters as references; control characters, which HTML forbids, as U+FFFD.
  private static func escaped(_ plain: String) -> String {
    var text = ""
    text.reserveCapacity(plain.utf8.count)
    for scalar in plain.unicodeScalars {
      switch scalar {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\"": text += "&quot;"
      case "'": text += "&#39;"
      case "\t", "\n": text.unicodeScalars.append(scalar)
      case _ where scalar.properties.generalCategory == .control: text += "\u{FFFD}"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}

extension HTML {
  static let nothing: HTML = ""

  /// A name from a file, kept from turning the direction of the text around it.
  static func name(_ name: String) -> HTML { "<bdi>\(name)</bdi>" }

  /// A part of the page under its own heading.
  static func section(_ id: HTML, _ title: HTML, _ content: HTML) -> HTML {
    """
    <section id="\(id)" aria-labelledby="\(id)-title">
    <h2 id="\(id)-title">\(title)</h2>
    \(content)
    </section>

    """
  }

  /// Names and values in pairs.
  static func facts(_ rows: [RunReport.Row]) -> HTML {
    "<dl class=\"facts\">\(rows.map { "<div><dt>\($0.name)</dt><dd>\($0.value)</dd></div>" as HTML })</dl>"
  }
}
