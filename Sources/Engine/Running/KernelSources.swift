import CKernels

/// The embedded OpenCL C files, and which of them a family of kernels is made of.
package enum KernelSources {
  /// All of them, by their paths in Kernels; the first is what each of the others builds on.
  package static let all: [(name: String, text: String)] = (0..<kernel_source_count()).map { index in
    let source = kernel_source(index)
    return (String(cString: source.name), String(cString: source.source))
  }

  /// What a family takes: its own form of a file, else the one that it shares with the other.
  package static func of(_ family: KernelFamily) -> [(name: String, text: String)] {
    let names = Set(all.map(\.name))
    return all.filter { source in
      let isForGPUs = source.name.hasPrefix(folder)
      switch family {
      case .cpu: return !isForGPUs
      case .gpu:
        return isForGPUs || source.name == common
          || !names.contains(folder + source.name) && !onlyForProcessors.contains(source.name)
      }
    }
  }

  /// What a program of one file is built from.
  static func program(_ file: String) -> [(name: String, text: String)] {
    let names = (file.hasPrefix(folder) ? [common, folder + common] : [common]) + [file]
    return names.compactMap { name in all.first { $0.name == name } }
  }

  /// The file that defines each kernel of a family: it has a line that begins with "kernel void", the name and a
  /// parenthesis.
  package static let fileOfKernel: [KernelFamily: [String: String]] = Dictionary(
    uniqueKeysWithValues: KernelFamily.allCases.map { family in
      let files = of(family).flatMap { source in kernels(in: source.text).map { ($0, source.name) } }
      return (
        family,
        Dictionary(
          files,
          uniquingKeysWith: { first, other in
            preconditionFailure("\(first) and \(other) define the same kernel")
          })
      )
    })

  /// The operation that a file is for: its name without a folder.
  static func operation(_ file: String) -> String {
    file.hasPrefix(folder) ? String(file.dropFirst(folder.count)) : file
  }

  /// Files of which no frozen layer uses a kernel, without their folder.
  package static let behindFeatures: Set = [
    "dropout.cl", "gather.cl", "optimizers.cl", "peak.cl", "softmax.cl",
  ]

  private static let common = "common.cl"
  private static let folder = "gpu/"
  /// Two layers in one kernel pays where caches hold what is between them.
  private static let onlyForProcessors: Set = [
    "depthwise_pointwise_conv2d.cl", "pointwise_conv2d_pooled.cl",
  ]

  private static func kernels(in text: String) -> [String] {
    text.utf8.split(separator: UInt8(ascii: "\n")).compactMap { line in
      let start = "kernel void ".utf8
      guard line.starts(with: start) else { return nil }
      return String(line.dropFirst(start.count).prefix { $0 != UInt8(ascii: "(") })
    }
  }
}
