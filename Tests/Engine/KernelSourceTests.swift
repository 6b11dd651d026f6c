import CKernels
import Foundation
import Testing

@Suite struct KernelSourceTests {
  private let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(
      path: "Kernels")

  @Test func everyFileIsEmbeddedAsItStands() throws {
    var embedded: [String: Data] = [:]
    for index in 0..<kernel_source_count() {
      let source = kernel_source(index)
      embedded[String(cString: source.name)] = Data(bytes: source.source, count: source.length)
    }
    let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter {
      $0.hasSuffix(".cl")
    }
    #expect(!files.isEmpty)
    #expect(Set(embedded.keys) == Set(files))
    for file in files {
      #expect(embedded[file] == (try Data(contentsOf: folder.appending(path: file))), "\(file)")
    }
  }

  @Test func whatTheOthersBuildOnComesFirst() {
    #expect(String(cString: kernel_source(0).name) == "common.cl")
  }
}
