package import OpenCL

/// The kernels of this program on a device. A file is built when a kernel of it is first asked for.
package final class KernelCatalogue {
  package let device: Device
  package let variant: KernelVariant
  private var programs: [ProgramKey: Program] = [:]
  /// What a rehearsal would have run; nil where kernels are run.
  private var rehearsed: Set<ProgramKey>?
  /// Runs, in rehearsal, what this process is going to run; asked once, before the first program is compiled.
  private var foresight: ((_ rehearsing: KernelCatalogue) throws -> Void)?
  /// The counter of the kernels whose work-items claim their tasks; see Kernels/cpu/common.cl.
  private var claims: Buffer?
  /// What kernels hand to those queued next.
  private var scratch: Buffer?
  /// What work-items that claim tasks have of their own.
  private var rows: Buffer?
  /// What times each kernel, where that is asked for.
  var trace: KernelTrace?
  /// Texts that stand in for those of files of these names.
  private let replaced: [String: String]

  /// - Parameter replaced: Texts in the place of those of files, by name: for tests, which plant faults.
  package init(_ device: Device, _ variant: KernelVariant, replacing replaced: [String: String] = [:]) {
    self.device = device
    self.variant = variant
    self.replaced = replaced
  }

  /// The same kernels, but none of them is compiled or run: it only notes what would be.
  private init(rehearsing other: KernelCatalogue) {
    device = other.device
    variant = other.variant
    replaced = other.replaced
    rehearsed = []
  }

  /// Lets whatever has to be compiled be compiled at once, and in a process of its own: `run` is given a catalogue that runs
  /// nothing, and does with it what is going to be done.
  func foresee(_ run: @escaping (_ rehearsing: KernelCatalogue) throws -> Void) { foresight = run }

  /// The same where all kernels are going to be run.
  package func foreseeAll() {
    foresee { rehearsing in
      for name in KernelSources.fileOfKernel[rehearsing.family, default: [:]].keys {
        rehearsing.rehearsed?.insert(rehearsing.key(name, OperandTypes()))
      }
    }
  }

  /// All that the kernels are made of.
  package var source: String {
    KernelSources.of(family).map { replaced[$0.name] ?? $0.text }.joined()
  }

  package var family: KernelFamily { variant.family }
  /// Whether products take kernels that are halves.
  package var readHalves: Bool { family == .gpu }
  var tiling: Tiling { variant.tiling }

  /// Accumulators that fill the registers.
  package var tile: Int { tiling.tile }
  /// Pixels in the tile of a product: `TILE_PIXELS` of Kernels/cpu/products.cl.
  var productTile: Int { tiling.tile >= 14 ? 9 : tiling.tile }

  /// What decides which features the kernels give: device, driver, source, and as what they are kept on the way. The tiling
  /// does not.
  var identity: [String] {
    let info = device.info
    let sources = KernelSources.of(family).filter {
      !KernelSources.behindFeatures.contains(KernelSources.operation($0.name))
    }
    return [info.platform, info.name, info.version, info.driverVersion, "\(variant.frozenActivations)"]
      + sources.map(\.text)
  }

  /// - Precondition: A file of the family defines it.
  package func kernel(_ name: String) throws(OpenCLError) -> Kernel { try kernel(name, OperandTypes()) }

  private func kernel(_ name: String, _ types: OperandTypes) throws(OpenCLError) -> Kernel {
    try program(key(name, types)).kernel(name)
  }

  private func key(_ name: String, _ types: OperandTypes) -> ProgramKey {
    guard let file = KernelSources.fileOfKernel[family]?[name] else {
      preconditionFailure("no kernel \(name)")
    }
    return ProgramKey(file: file, types: types)
  }

  private struct ProgramKey: Hashable {
    let file: String
    let types: OperandTypes
  }

  private func program(_ key: ProgramKey) throws(OpenCLError) -> Program {
    if let program = programs[key] { return program }
    let source = source(of: key)
    let program: Program
    if let kept = Program(keptFor: device, source) {
      program = kept
    } else {
      compileAhead(key)
      program = try Program(device, source)
    }
    programs[key] = program
    return program
  }

  private func source(of key: ProgramKey) -> ProgramSource {
    let files = KernelSources.program(key.file).map { ($0.name, replaced[$0.name] ?? $0.text) }
    // -w: PoCL's compiler prints to the terminal that it counted warnings, about the width of vectors.
    let options = ["-cl-std=CL1.2", "-w"] + tiling.buildOptions(family, for: files) + key.types.buildOptions
    return ProgramSource(key.file, files: files, options: options)
  }

  /// Has a program compiled, and with it those that are foreseen, where there is a place to keep them.
  private func compileAhead(_ key: ProgramKey) {
    guard device.keepsPrograms else { return }
    var keys: Set = [key]
    if let foresight {
      self.foresight = nil
      let rehearsal = KernelCatalogue(rehearsing: self)
      // What fails in a rehearsal fails again, and is told then.
      try? foresight(rehearsal)
      keys.formUnion(rehearsal.rehearsed ?? [])
    }
    ProgramCompiler.compile(keys.map(source), for: device)
  }

  /// Names of the files of which kernels were asked for, without their folders.
  package var builtFiles: Set<String> { Set(programs.keys.map { KernelSources.operation($0.file) }) }

  /// Names of the kernels that were asked for.
  package var usedKernels: Set<String> {
    programs.values.reduce(into: []) { $0.formUnion($1.kernelNames) }
  }
}

extension KernelCatalogue {
  /// Work-items of a group of most kernels.
  package var itemsPerGroup: Int { family == .cpu ? 1 : tiling.group }

  /// Queues a kernel over so many work-groups in each dimension: a work-item of the family for processors, ``Tiling/group``
  /// of them of that for GPUs.
  package func enqueue(
    _ name: String, groups: [Int], _ arguments: [KernelArgument]
  ) throws(OpenCLError) {
    try enqueue(name, groups: groups, of: itemsPerGroup, arguments)
  }

  /// The same where operands may be something else than floats.
  func enqueue(
    _ name: String, _ types: OperandTypes, groups: [Int], _ arguments: [KernelArgument]
  ) throws(OpenCLError) {
    try enqueue(name, types, groups: groups, of: itemsPerGroup, arguments)
  }

  /// The same with work-groups of another size.
  func enqueue(
    _ name: String, _ types: OperandTypes = OperandTypes(), groups: [Int], of items: Int,
    _ arguments: [KernelArgument]
  ) throws(OpenCLError) {
    var global = groups
    var local = [Int](repeating: 1, count: groups.count)
    global[0] *= items
    local[0] = items
    try launch(name, types, global: global, local: local, arguments)
  }

  /// Queues a kernel whose work-items claim its tasks, and whose last parameter is their counter: a work-item for each
  /// compute unit, but no more than there are tasks.
  func enqueue(_ name: String, tasks: Int, _ arguments: [KernelArgument]) throws(OpenCLError) {
    let counter: Buffer
    if let claims { counter = claims } else { counter = try Buffer(device, count: 1) }
    claims = counter
    try launch(
      name, global: [min(tasks, device.info.computeUnits)], local: [1], arguments + [.buffer(counter)])
  }

  /// Queues a kernel over so many work-items, each a work-group of its own.
  func enqueue(_ name: String, items: Int, _ arguments: [KernelArgument]) throws(OpenCLError) {
    try launch(name, global: [items], local: [1], arguments)
  }

  private func launch(
    _ name: String, _ types: OperandTypes = OperandTypes(), global: [Int], local: [Int],
    _ arguments: [KernelArgument]
  ) throws(OpenCLError) {
    guard rehearsed == nil else {
      rehearsed?.insert(key(name, types))
      return
    }
    guard let trace else {
      return try device.enqueue(kernel(name, types), global: global, local: local, arguments)
    }
    try trace.time(name) { () throws(OpenCLError) in
      try device.finish()
    } _: { () throws(OpenCLError) in
      try device.enqueue(kernel(name, types), global: global, local: local, arguments)
    }
  }

  /// What the kernels take that `body` runs, each by itself.
  func tracing(_ body: () throws -> Void) throws -> [KernelRun] {
    let trace = KernelTrace()
    self.trace = trace
    defer { self.trace = nil }
    try body()
    return trace.sorted
  }

  /// Memory for so many floats, whatever is in it, until it is asked for again.
  func scratch(_ count: Int) throws(OpenCLError) -> Buffer { try room(for: count, \.scratch) }

  /// So many floats for each work-item of a kernel that claims tasks; see ``OwnRows``.
  func ownRows(_ floats: Int) throws(OpenCLError) -> Buffer {
    try room(for: device.info.computeUnits * floats, \.rows)
  }

  private func room(
    for count: Int, _ place: ReferenceWritableKeyPath<KernelCatalogue, Buffer?>
  ) throws(OpenCLError) -> Buffer {
    if let buffer = self[keyPath: place], buffer.count >= count { return buffer }
    self[keyPath: place] = nil
    let buffer = try Buffer(device, count: count)
    self[keyPath: place] = buffer
    return buffer
  }

  /// Pixels of a work-group of the kernels that do little with each.
  var streamedPixels: Int { family == .cpu ? 1024 : 8 * lanes }

  /// Work-groups over an image in kernels whose windows slide over it: a row each, or as many pixels as are taken at
  /// once.
  func groups(over image: ActivationShape) -> Int {
    family == .cpu ? image.height : (image.pixels + lanes - 1) / lanes
  }

  /// Pixels that a work-group of the family for GPUs works on at once.
  private var lanes: Int { tiling.group / 4 }
}
