import Engine
import OpenCL
import SelfTest
import Testing

/// The kernels pass, all of them are looked at, and faults are found.
@Suite struct SelfTestTests {
  /// In the quick tier those for processors; the others meet the reference in the engine's tests, too.
  @Test(arguments: TestDevice.isLong ? KernelFamily.allCases : [.cpu])
  func everyKernelPassesOnOddShapes(_ family: KernelFamily) throws {
    let findings = try SelfTest(TestDevice.kernels(family)).runOnOddShapes()
    #expect(findings.failed.isEmpty, "\(findings.failed.prefix(3))")
    let kernels = try #require(KernelSources.fileOfKernel[family]).keys
    #expect(findings.kernels == Set(kernels).subtracting(["peak_multiply_add"]))
    print("self-test, \(family), odd shapes: \(findings.checks.count) checks in \(findings.seconds) s")
  }

  @Test func aQuickSelfTestPasses() throws {
    let findings = try SelfTest(TestDevice.kernels()).run(quick: true)
    #expect(findings.failed.isEmpty, "\(findings.failed.prefix(3))")
    #expect(findings.checks.count > 100)
  }

  /// Minutes: the shapes of MobileNet V1 1.0/224 in double precision.
  @Test(.enabled(if: TestDevice.isLong), arguments: KernelFamily.allCases)
  func everyKernelPassesOnAllShapes(_ family: KernelFamily) throws {
    var steps: [Int] = []
    let findings = try SelfTest(TestDevice.kernels(family)).run(quick: false) { _, done, count in
      steps.append(done)
      #expect(done < count)
    }
    #expect(steps == Array(steps.indices))
    #expect(findings.failed.isEmpty, "\(findings.failed.prefix(3))")
    print("self-test, \(family): \(findings.checks.count) checks in \(findings.seconds) s")
  }

  /// A sign, a loop that ends too early, a NaN; in the long tier some of each in every file.
  @Test(arguments: KernelFamily.allCases)
  func plantedFaultsAreFound(_ family: KernelFamily) throws {
    var mutations = Mutation.all(family, most: 3)
    if !TestDevice.isLong {
      let some = family == .cpu ? "softmax.cl" : "average_pooling2d.cl"
      mutations = Array(mutations.filter { $0.file.hasSuffix(some) }.prefix(1))
    }
    var missed: [Mutation] = []
    var filesOfFound: Set<String> = []
    for mutation in mutations {
      let kernels = try TestDevice.kernels(family, replacing: [mutation.file: mutation.text])
      do {
        let findings = try SelfTest(kernels).runOnOddShapes(untilOneFails: true)
        if findings.failed.isEmpty {
          missed.append(mutation)
        } else {
          filesOfFound.insert(mutation.file)
        }
      } catch OpenCLError.buildFailed {
        Issue.record("no fault, as it does not build: \(mutation.testDescription)")
      }
    }
    print("self-test, \(family): \(mutations.count) faults planted, \(mutations.count - missed.count) found")
    for mutation in missed { print("  not found: \(mutation.testDescription)") }
    // A loop may end early where its rest is done elsewhere.
    #expect(missed.count <= mutations.count / 50)
    if TestDevice.isLong {
      let files = try #require(KernelSources.fileOfKernel[family]).values.filter { $0 != "peak.cl" }
      #expect(filesOfFound.isSuperset(of: files))
    }
  }

  @Test(arguments: TestDevice.isLong ? [false, true] : [])
  func operandsThatAreHalvesOrImagesPassOnOddShapes(_ readingImages: Bool) throws {
    let findings = try SelfTest(TestDevice.kernelsForGPUs(readingImages: readingImages)).runOnOddShapes()
    #expect(findings.failed.isEmpty, "\(findings.failed.prefix(3))")
  }

  /// Whichever way an operand comes, the self-test notices when it comes wrong.
  @Test(arguments: [
    ("LOAD_INPUT(at, p) vload_half4(at, p)", "LOAD_INPUT(at, p) 1.01f * vload_half4(at, p)"),
    ("vstore_half4_rte(", "vstore_half4_rtz("),
    ("LOAD_KERNEL(at, w) vload_half4(at, w)", "LOAD_KERNEL(at, w) 1.01f * vload_half4(at, w)"),
    ("LOAD_KERNEL(at, w) read_imagef(", "LOAD_KERNEL(at, w) 1.01f * read_imagef("),
  ])
  func faultsOfHalvesAndImagesAreFound(_ right: String, _ wrong: String) throws {
    let file = "gpu/common.cl"
    let text = try #require(KernelSources.of(.gpu).first { $0.name == file }).text
    let faulty = text.replacing(right, with: wrong)
    #expect(faulty != text)
    let kernels = try TestDevice.kernelsForGPUs(
      readingImages: right.contains("image"), replacing: [file: faulty])
    let findings = try SelfTest(kernels).runOnOddShapes(untilOneFails: true)
    #expect(!findings.failed.isEmpty)
  }
}
