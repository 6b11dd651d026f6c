import CKernels

/// The embedded OpenCL C files, and which of them a family of kernels is made of.
package enum KernelSources {
  /// All of them, by their paths in Kernels; the first is what each of the others builds on.
  package static let all: [(name: String, text: String)] = (0..<kernel_source_count()).map { index in
    let source = kernel_source(index)
    return (String(cString: source.name), String(cString: source.source))
  }

  /// What a family is made of: the files for both, and those in its own folder.
  package static func of(_ family: KernelFamily) -> [(name: String, text: String)] {
    all.filter { source in
      folder(of: source.name).map { $0 == family.rawValue } ?? true
    }
  }

  /// What a program of one file is built from: the files without kernels that all share, those that its folder's do, and
  /// itself.
  static func program(_ file: String) -> [(name: String, text: String)] {
    let folders = [nil, folder(of: file)]
    return all.filter { source in
      source.name == file || folders.contains(folder(of: source.name)) && kernels(in: source.text).isEmpty
    }
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
    folder(of: file).map { String(file.dropFirst($0.count + 1)) } ?? file
  }

  /// The name of the family that alone has the file; nil for a file of both.
  private static func folder(of file: String) -> String? {
    file.firstIndex(of: "/").map { String(file[..<$0]) }
  }

  /// Files of which no frozen layer uses a kernel, without their folder.
  package static let behindFeatures: Set = [
    "dropout.cl", "gather.cl", "optimizers.cl", "peak.cl", "softmax.cl",
  ]

  private static func kernels(in text: String) -> [String] {
    text.utf8.split(separator: UInt8(ascii: "\n")).compactMap { line in
      let start = "kernel void ".utf8
      guard line.starts(with: start) else { return nil }
      return String(line.dropFirst(start.count).prefix { $0 != UInt8(ascii: "(") })
    }
  }
}
