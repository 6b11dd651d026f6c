import CKernels
package import OpenCL

/// The kernels of this program. A file is built for the device when a kernel of it is first asked for.
package final class KernelCatalogue {
  package let device: Device
  /// By the file's name.
  private var programs: [String: Program] = [:]

  /// The counter of the kernels whose work-items claim their tasks; see Kernels/common.cl.
  private var claims: Buffer?

  package init(_ device: Device) { self.device = device }

  /// Pixels in a register tile.
  package var tile: Int { KernelCatalogue.tile(for: device.info) }

  /// What decides which features the kernels give: device, driver, source.
  var identity: [String] {
    let info = device.info
    let sources = KernelCatalogue.sources.filter { !KernelCatalogue.behindFeatures.contains($0.name) }
    return [info.platform, info.name, info.version, info.driverVersion] + sources.map(\.text)
  }

  /// Files of which no frozen layer uses a kernel.
  package static let behindFeatures: Set = [
    "dropout.cl", "gather.cl", "optimizers.cl", "peak.cl", "softmax.cl",
  ]

  /// - Precondition: A file of Kernels/ defines it.
  package func kernel(_ name: String) throws(OpenCLError) -> Kernel {
    guard let file = KernelCatalogue.fileOfKernel[name] else { preconditionFailure("no kernel \(name)") }
    return try program(file).kernel(name)
  }

  /// Queues a kernel whose work-items claim its tasks, and whose last parameter is their counter: a work-item for each
  /// compute unit, but no more than there are tasks.
  func enqueue(_ name: String, tasks: Int, _ arguments: [KernelArgument]) throws(OpenCLError) {
    let counter: Buffer
    if let claims { counter = claims } else { counter = try Buffer(device, count: 1) }
    claims = counter
    try device.enqueue(
      kernel(name), global: [min(tasks, device.info.computeUnits)], arguments + [.buffer(counter)])
  }

  /// Names of the files of which kernels were asked for.
  package var builtFiles: Set<String> { Set(programs.keys) }

  /// Names of the kernels that were asked for.
  package var usedKernels: Set<String> {
    programs.values.reduce(into: []) { $0.formUnion($1.kernelNames) }
  }

  private func program(_ file: String) throws(OpenCLError) -> Program {
    if let program = programs[file] { return program }
    let program = try Program(
      device, name: file,
      sources: KernelCatalogue.sources.filter { $0.name == "common.cl" || $0.name == file },
      // -w: PoCL's compiler prints to the terminal that it counted warnings, about the width of vectors.
      options: ["-cl-std=CL1.2", "-w", "-D TILE=\(tile)"])
    programs[file] = program
    return program
  }

  /// The embedded OpenCL C files; the first is what each of the others builds on.
  package static let sources: [(name: String, text: String)] =
    (0..<kernel_source_count()).map { index in
      let source = kernel_source(index)
      return (String(cString: source.name), String(cString: source.source))
    }

  /// The file that defines each kernel: it has a line that begins with "kernel void", the name and a parenthesis.
  package static let fileOfKernel: [String: String] = Dictionary(
    sources.flatMap { source in names(in: source.text).map { ($0, source.name) } },
    uniquingKeysWith: { first, other in preconditionFailure("\(first) and \(other) define the same kernel") })

  private static func names(in text: String) -> [String] {
    text.utf8.split(separator: UInt8(ascii: "\n")).compactMap { line in
      let start = "kernel void ".utf8
      guard line.starts(with: start) else { return nil }
      return String(line.dropFirst(start.count).prefix { $0 != UInt8(ascii: "(") })
    }
  }

  /// Pixels in a register tile; see Kernels/common.cl.
  private static func tile(for info: DeviceInfo) -> Int { info.vectorWidth >= 16 ? 14 : 6 }

  /// How a range of pixels is cut for work-items: so large that a panel of weights is used often, and so small
  /// that every compute unit has something to do.
  func pixelsPerItem(_ pixels: Int) -> Int {
    let largest = 48 / tile * tile + (48 % tile == 0 ? 0 : tile)
    let share = (pixels + 2 * device.info.computeUnits - 1) / (2 * device.info.computeUnits)
    return min(largest, max(tile, (share + tile - 1) / tile * tile))
  }

  /// Pixels of an item of the kernels that do little with each.
  static let streamedPixels = 1024
}
