import ArgumentParser
import Engine
import Training

/// Which optimizer, and its arguments; the defaults are Keras's.
struct OptimizerOptions: ParsableArguments {
  enum Name: String, ExpressibleByArgument, CaseIterable {
    case sgd, adam, adamw, rmsprop
  }

  @Option(help: ArgumentHelp("sgd, adam, adamw or rmsprop.", valueName: "name"))
  var optimizer = Name.sgd

  @Option(help: ArgumentHelp("Momentum of sgd and rmsprop. (default: 0)", valueName: "x"))
  var momentum: Float?

  @Flag(help: "Nesterov's momentum, for sgd.")
  var nesterov = false

  @Option(
    name: .customLong("beta-1"),
    help: ArgumentHelp("Decay of the mean gradient of adam and adamw. (default: 0.9)", valueName: "x"))
  var beta1: Double?

  @Option(
    name: .customLong("beta-2"),
    help: ArgumentHelp("Decay of the mean square of adam and adamw. (default: 0.999)", valueName: "x"))
  var beta2: Double?

  @Option(help: ArgumentHelp("Decay of the mean square of rmsprop. (default: 0.9)", valueName: "x"))
  var rho: Double?

  @Option(
    help: ArgumentHelp(
      "What keeps adam, adamw and rmsprop from dividing by 0. (default: 1e-7)", valueName: "x")
  )
  var epsilon: Float?

  @Option(
    help: ArgumentHelp(
      "By which share of itself a weight shrinks before each update, times the learning rate. (default: 0, adamw 0.004)",
      valueName: "x"))
  var weightDecay: Float?

  @Option(help: ArgumentHelp("Clip each element of the gradients to this value.", valueName: "x"))
  var clipValue: Float?

  @Option(help: ArgumentHelp("Clip the gradient of each weight to this norm.", valueName: "x"))
  var clipNorm: Float?

  @Option(help: ArgumentHelp("Clip all gradients together to this norm.", valueName: "x"))
  var globalClipNorm: Float?

  func validate() throws {
    try require(momentum, in: 0..<1, "--momentum", for: [.sgd, .rmsprop])
    try require(nesterov ? Float(0) : nil, in: 0..<1, "--nesterov", for: [.sgd])
    try require(beta1, in: 0..<1, "--beta-1", for: [.adam, .adamw])
    try require(beta2, in: 0..<1, "--beta-2", for: [.adam, .adamw])
    try require(rho, in: 0..<1, "--rho", for: [.rmsprop])
    try require(epsilon, in: 0..<1, "--epsilon", for: [.adam, .adamw, .rmsprop])
    try require(weightDecay, in: 0..<Float.infinity, "--weight-decay", for: Name.allCases)
    let clips = [clipValue, clipNorm, globalClipNorm].compactMap { $0 }
    guard clips.count < 2 else {
      throw ValidationError(
        "--clip-value, --clip-norm and --global-clip-norm contradict each other; give one")
    }
    if let clip = clips.first, !(clip > 0 && clip.isFinite) {
      throw ValidationError("what gradients are clipped to must be positive")
    }
    if nesterov, (momentum ?? 0) == 0 { throw ValidationError("--nesterov needs --momentum") }
  }

  private func require<Value: BinaryFloatingPoint>(
    _ value: Value?, in range: Range<Value>, _ option: String, for names: [Name]
  ) throws {
    guard let value else { return }
    guard names.contains(optimizer) else {
      throw ValidationError(
        "\(option) is for \(names.map(\.rawValue).joined(separator: " and ")), not for \(optimizer.rawValue)")
    }
    guard range.contains(value) else {
      let end = range.upperBound.isFinite ? " and below \(range.upperBound)" : ""
      throw ValidationError("\(option) must be at least 0\(end)")
    }
  }

  var value: Optimizer {
    let rule: Optimizer.Rule =
      switch optimizer {
      case .sgd: .sgd(momentum: momentum ?? 0, nesterov: nesterov)
      case .adam, .adamw:
        .adam(beta1: beta1 ?? 0.9, beta2: beta2 ?? 0.999, epsilon: epsilon ?? 1e-7)
      case .rmsprop: .rmsprop(rho: rho ?? 0.9, momentum: momentum ?? 0, epsilon: epsilon ?? 1e-7)
      }
    let clipping =
      clipValue.map { Optimizer.Clipping.value($0) } ?? clipNorm.map { .norm($0) }
      ?? globalClipNorm.map { .globalNorm($0) }
    return Optimizer(
      rule, weightDecay: weightDecay ?? (optimizer == .adamw ? 0.004 : 0), clipping: clipping)
  }

  /// For people, with the arguments that were given: sgd, momentum 0.9.
  var summary: String {
    let given: [(String, (any CustomStringConvertible)?)] = [
      ("momentum", momentum), ("beta_1", beta1), ("beta_2", beta2), ("rho", rho), ("epsilon", epsilon),
      ("weight decay", weightDecay), ("clipped to", clipValue), ("clipped to norm", clipNorm),
      ("clipped to global norm", globalClipNorm),
    ]
    let arguments = given.compactMap { name, value in value.map { "\(name) \($0)" } }
    return ([optimizer.rawValue] + (nesterov ? ["nesterov"] : []) + arguments).joined(separator: ", ")
  }
}
