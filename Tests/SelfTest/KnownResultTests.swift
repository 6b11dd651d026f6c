import Engine
import Foundation
import ModelGraph
import OpenCL
import SelfTest
import Testing

/// What a self-test found is known to later runs: of this device, this source and these kernels alone.
@Suite struct KnownResultTests {
  private let folder: String

  init() throws {
    folder = NSTemporaryDirectory() + "selftest-" + UUID().uuidString
    // Programs that were built before need not be built again.
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for name in (try? FileManager.default.contentsOfDirectory(atPath: TestDevice.folder)) ?? [] {
      try? FileManager.default.linkItem(atPath: TestDevice.folder + "/" + name, toPath: folder + "/" + name)
    }
    for name in try Self.results(in: folder) {
      try FileManager.default.removeItem(atPath: folder + "/" + name)
    }
  }

  /// Entries that are no programs: they are short.
  private static func results(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).filter { name in
      let attributes = try FileManager.default.attributesOfItem(atPath: folder + "/" + name)
      return (attributes[.size] as? Int ?? 0) < 1000
    }
  }

  private func pack(_ mask: String = "conv_pw_13,dense") throws -> Pack {
    let graph = try MobileNetV1(alpha: 0.25, inputSize: 32).graph()
    let model = try Model(graph: graph, weights: graph.madeUpWeights(seed: 3)).withHead(classes: 3, seed: 0)
    return try Pack(
      folding: model, mask: FreezeMask(parsing: mask, in: model.graph), labels: [],
      provenance: Provenance(sourceName: "made up", sourceDigest: "", toolVersion: "0"))
  }

  private func vouch(_ mask: String = "conv_pw_13,dense", _ texts: [String: String] = [:]) throws -> Findings?
  {
    try SelfTest(TestDevice.kernels(replacing: texts, in: folder))
      .vouch(for: pack(mask), Optimizer(), LossSettings(), .float32)
  }

  @Test func aRunOfTheSameKindIsNotCheckedAgain() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let first = try #require(try vouch())
    #expect(first.failed.isEmpty)
    #expect(try vouch() == nil)
    #expect(try vouch("dense") != nil)
    #expect(try Self.results(in: folder).count == 2)
  }

  @Test(arguments: TestDevice.isLong ? ["cut", "flipped", "empty", "of another run"] : ["flipped"])
  func whatIsDamagedIsNotKnown(_ damage: String) throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    _ = try vouch()
    let entry = URL(fileURLWithPath: folder + "/" + (try #require(try Self.results(in: folder).first)))
    var bytes = try Data(contentsOf: entry)
    switch damage {
    case "cut": bytes.removeLast()
    case "flipped": bytes[0] ^= 1
    case "empty": bytes = Data()
    default:
      _ = try vouch("dense")
      let other = try #require(try Self.results(in: folder).first { $0 != entry.lastPathComponent })
      bytes = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + other))
    }
    try bytes.write(to: entry)
    #expect(try vouch() != nil)
    #expect(try vouch() == nil)
  }

  /// Not among what is known of the sound kernels, and not remembered as sound.
  @Test func aWrongKernelIsRefusedEachTime() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let fault = try #require(Mutation.all(.cpu, most: 1).first { $0.file == "softmax.cl" })
    #expect(try vouch() != nil)
    for _ in 1...2 {
      let error = #expect(throws: SelfTestError.self) {
        try vouch("conv_pw_13,dense", [fault.file: fault.text])
      }
      #expect(error?.description.contains("softmax_cross_entropy") == true)
    }
    #expect(try vouch() == nil)
  }

  /// What a self-test of everything found wrong is not used where it seems right.
  @Test func aKernelThatFailedOnOtherShapesIsRefused() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let kernels = try TestDevice.kernels(in: folder)
    for (names, isRefused) in [(["dropout"], false), (["dropout", "softmax_forward"], true)] {
      KnownResults(kernels).keep(.failed(names), .everything)
      if isRefused {
        #expect(throws: SelfTestError.self) { try vouch() }
      } else {
        #expect(try vouch() != nil)
      }
    }
    KnownResults(kernels).keep(.passed, .everything)
    #expect(try vouch() == nil)
  }

  @Test func whereNothingIsKeptItIsCheckedEachTime() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for _ in 1...2 {
      let device = try Devices.open()
      let kernels = KernelCatalogue(device, KernelVariant(.cpu, on: device.info))
      #expect(try SelfTest(kernels).vouch(for: pack(), Optimizer(), LossSettings(), .float32) != nil)
    }
  }
}
