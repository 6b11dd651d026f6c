extension Unicode.Scalar {
  /// Whether it does more to a text than to stand in it: it controls a terminal, ends the line, or turns the direction
  /// of what is beside it, so that one name looks like another.
  public var steersText: Bool {
    switch value {
    case 0x2028...0x202E, 0x2066...0x2069: true
    default: properties.generalCategory == .control
    }
  }
}
