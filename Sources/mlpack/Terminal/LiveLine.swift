import Glibc
import Synchronization

/// One line at the foot of a terminal that is drawn over and over: a bar, figures, the time left.
///
/// Where standard error is no terminal, nothing is drawn.
struct LiveLine {
  /// Whether a line stands unfinished on the terminal, for the signal handler that has to end it.
  static let isDrawn = Atomic<Bool>(false)

  private let isLive = Terminal.isLive(STDERR_FILENO)
  private let clock = ContinuousClock()
  private var lastDrawn: ContinuousClock.Instant?

  /// Draws `text` with a bar that is filled to `share`, ten times a second at most.
  mutating func draw(_ text: (before: String, after: String), share: Double) {
    guard isLive else { return }
    let instant = clock.now
    if let lastDrawn, instant - lastDrawn < .milliseconds(100) { return }
    lastDrawn = instant
    let columns = (Terminal.width(of: STDERR_FILENO) ?? 80) - 1
    let room = min(columns - text.before.count - text.after.count - 4, 30)
    let parts = room < 6 ? [text.before, text.after] : [text.before, bar(room, share), text.after]
    LiveLine.isDrawn.store(true, ordering: .relaxed)
    StandardError.write("\r" + parts.joined(separator: "  ").prefix(columns) + "\u{1B}[K")
  }

  /// Takes the line away, so that another can be written in its place.
  static func erase() {
    if isDrawn.exchange(false, ordering: .relaxed) { StandardError.write("\r\u{1B}[K") }
  }

  private func bar(_ width: Int, _ share: Double) -> String {
    let filled = min(max(Int(share * Double(width)), 0), width)
    return String(repeating: "━", count: filled) + String(repeating: "·", count: width - filled)
  }
}
