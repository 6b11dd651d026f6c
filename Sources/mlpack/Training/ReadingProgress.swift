import ImageFiles

/// Shows how far the reading of images has come.
struct ReadingProgress {
  private let isQuiet: Bool
  private let clock = ContinuousClock()
  private var line = LiveLine()
  private var began: ContinuousClock.Instant
  /// Until the last image was read.
  private(set) var seconds = 0.0
  /// When the first images were done, and how many: what came before says nothing of the images to come.
  private var first: (instant: ContinuousClock.Instant, done: Int)?

  init(quiet: Bool) {
    isQuiet = quiet
    began = clock.now
  }

  /// Says that the kernels are being built, which takes a device's compiler a while.
  mutating func prepare(_ device: String) {
    guard !isQuiet else { return }
    line.draw(("preparing \(device)", ""), share: 0)
  }

  /// Starts the clock: the device is ready.
  mutating func begin() {
    LiveLine.erase()
    began = clock.now
  }

  mutating func report(_ done: Int, of total: Int) {
    seconds = seconds(since: began)
    guard !isQuiet, total > 0 else { return }
    guard done < total else {
      LiveLine.erase()
      StandardError.write("read \(counted(total, "image")) in \(duration(seconds(since: began)))\n")
      return
    }
    let before = "reading images  \(grouped(done)) of \(grouped(total))"
    line.draw((before, pace(done, total)), share: Double(done) / Double(total))
  }

  private mutating func pace(_ done: Int, _ total: Int) -> String {
    guard let first, done > first.done else {
      first = first ?? (clock.now, done)
      return ""
    }
    let rate = Double(done - first.done) / max(seconds(since: first.instant), 1e-3)
    return "\(imageRate(rate)) images/s  \(timeLeft(Double(total - done) / rate))"
  }

  /// Names the images that cannot be used, the first ten of them.
  mutating func warn(_ errors: [ImageError]) {
    LiveLine.erase()
    for error in errors.prefix(10) { StandardError.warning("\(error); left out") }
    if errors.count > 10 { StandardError.warning("\(grouped(errors.count - 10)) more images are left out") }
  }

  private func seconds(since instant: ContinuousClock.Instant) -> Double {
    (clock.now - instant) / .seconds(1)
  }
}
