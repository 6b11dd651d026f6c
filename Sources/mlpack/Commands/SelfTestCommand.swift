import ArgumentParser
import Engine
import OpenCL
import SelfTest

struct SelfTestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "selftest",
    abstract: "Check that a device computes right: each kernel beside double precision.",
    usage: "mlpack selftest [<options>]",
    discussion: """
      Each kernel that the device would be given runs on the shapes of MobileNet V1 1.0/224 and on odd ones, forward and \
      backward, and so do whole networks. Beside the largest error stands how far rounding to single precision may take \
      that number. The result is kept for later runs on the device, until its driver or the kernels change.
      """)

  @Flag(help: "Check the kernels of a MobileNet alone, on small shapes.")
  var quick = false

  @OptionGroup var device: DeviceOption

  @OptionGroup var output: JSONOption

  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    let device = try device.open(verbosity)
    let test = try SelfTest(device: device)
    var line = LiveLine()
    if !verbosity.quiet { line.draw(("preparing \(device.info.name)", ""), share: 0) }
    let findings = try test.run(quick: quick) { step, done, count in
      guard !verbosity.quiet else { return }
      line.draw(("checking \(step)", "\(done)/\(count)"), share: Double(done) / Double(count))
    }
    LiveLine.erase()
    let figures = SelfTestFigures(device: device.info, variant: test.variant, findings: findings)
    try StandardOutput.write(output.json ? figures.json.document : figures.table)
    guard findings.failed.isEmpty else { throw Verdict(status: .different) }
  }
}
