import Engine
import Foundation
import ModelGraph
import OpenCL
import Reference
import Testing

/// How the kernels' work is cut: what a device may be asked for, and what is kept of a tuner's choice.
@Suite struct TilingTests {
  private static let isLong = ProcessInfo.processInfo.environment["MLPACK_LONG_TESTS"] != nil

  /// What is shipped for GPUs, and for processors of few registers; in the long tier every choice of every part beside it.
  private static let variants: [KernelVariant] = {
    guard let info = try? TestDevice.open().info, let shipped = Tiling.defaults[.gpu] else { return [] }
    let all = KernelFamily.allCases.flatMap { family in
      TilingPart.of(family).flatMap { part in
        shipped.candidates(for: part, on: info).map { KernelVariant(family, $0) }
      }
    }
    var narrow = shipped
    narrow.tile = 6
    return isLong ? all : [KernelVariant(.gpu, shipped), KernelVariant(.cpu, narrow)]
  }()

  @Test(arguments: variants)
  func everyTilingAgreesWithTheReference(_ variant: KernelVariant) throws {
    let networks: [OddNetwork] = Self.isLong ? [.evenSizes, .convolutionalTop, .denseTop] : [.evenSizes]
    for network in networks {
      let graph = try network.graph()
      for mask in variant.family == .cpu && !Self.isLong ? ["*_bn"] : ["*,-*_bn", "*_bn"] {
        let pack = try network.pack(FreezeMask(parsing: mask, in: graph))
        let batch = Batch(graph, count: 7)
        let engine = try Engine(
          pack, EngineOptions(batchSize: 7), device: TestDevice.open(), kernels: variant)
        _ = try batch.step(on: engine, learningRate: 0)
        let mode = ReferenceNetwork.Mode.training(pack.mask, in: graph)
        let expected = ReferenceNetwork(try pack.unfolded())
          .gradients(batch.reference, labels: batch.labels, mode)
        for (id, gradient) in try engine.gradients() {
          let reference = try #require(expected.weights[id])
          let tolerance = mask == "*_bn" ? trainingModeTolerance : float32Tolerance
          #expect(relativeDistance(gradient.floats, reference.elements) < tolerance, "\(id)")
        }
      }
    }
  }

  /// Sums of the frozen layers have one order, so that features are found again under another tiling.
  @Test func featuresDoNotDependOnTheTiling() throws {
    let network = OddNetwork.evenSizes
    let batch = Batch(try network.graph(), count: 3)
    let shipped = try #require(Tiling.defaults[.gpu])
    let features = try [Tiling.general, shipped].map { tiling in
      let engine = try Engine(
        network.pack(network.tailMask), EngineOptions(batchSize: 3), device: TestDevice.open(),
        kernels: KernelVariant(.gpu, tiling))
      return try batch.features(on: engine).array(of: UInt32.self)
    }
    #expect(features[0] == features[1])
  }

  @Test func whatIsShippedIsAmongTheCandidates() throws {
    for tiling in Tiling.defaults.values { #expect(Tiling(kept: tiling.kept) == tiling) }
    let info = try TestDevice.open().info
    for part in TilingPart.allCases {
      let candidates = Tiling.general.candidates(for: part, on: info)
      #expect(candidates.contains(Tiling.general))
      #expect(Set(candidates).count == candidates.count)
      #expect(Set(candidates.map { $0.description(of: part) }).count == candidates.count)
    }
  }

  /// Whole blocks for each group, whole items for each tile.
  @Test func everyCandidateCanBeBuilt() {
    for product in Tiling.products {
      #expect(product.channels % 16 == 0 && product.pixels % product.itemPixels == 0)
      #expect(product.channels / 4 % product.itemQuads == 0)
      #expect((1...256).contains(product.items) && product.localBytes <= 32 << 10)
    }
    for filter in Tiling.filters {
      #expect(filter.rows % 16 == 0 && filter.channels % 16 == 0)
      #expect(filter.rows / 4 % filter.itemRows == 0 && filter.channels / 4 % filter.itemChannels == 0)
      #expect((1...256).contains(filter.items) && filter.localBytes <= 32 << 10)
    }
    for group in Tiling.groups { #expect(group >= 4 && group & (group - 1) == 0) }
  }

  private static let sound = "10 64 64 64 4 2 1 0 64 64 2 1 16"

  @Test(arguments: [
    "", " ", "10", sound + " ", sound + " 1", " " + sound, sound + "\n",
    "99999999999999999999 " + sound.dropFirst(3),
    "0 " + sound.dropFirst(3), "-6 " + sound.dropFirst(3), "10 3" + sound.dropFirst(5),
    "10 64 64 64 0 2 1 0 64 64 2 1 16", "10 64 64 64 4 2 1 0 64 64 2 1 0", "10 64 64 64 4 2 1 2 64 64 2 1 16",
    "10 64 64 64 4 2 1 64 64 2 1 16", "\u{0}", "é",
  ])
  func whatNoTunerKeptIsNoTiling(_ text: String) {
    #expect(Tiling(kept: Array(Self.sound.utf8)) != nil)
    #expect(Tiling(kept: Array(text.utf8)) == nil)
  }

  @Test func whatATunerKeptIsFoundAgainUnlessItIsDamaged() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "tilings-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let device = try Devices.open(programs: ProgramCache(folder: folder.path))
    let tiling = try #require(Tiling(kept: Array(Self.sound.utf8)))
    let variant = KernelVariant(.gpu, tiling)
    #expect(variant.tunedTiling(on: device) == nil)
    #expect(try variant.keepTiling(on: device))
    #expect(variant.tunedTiling(on: device) == tiling)
    #expect(KernelVariant(.cpu, tiling).tunedTiling(on: device) == nil)
    #expect(KernelVariant(.gpu, tiling, frozenActivations: .half).tunedTiling(on: device) == nil)
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    let file = try #require(files.first)
    #expect(files.count == 1)
    var bytes = try Data(contentsOf: file)
    bytes[0] ^= 1
    for damaged in [bytes, Data(), bytes.dropLast(30)] {
      try damaged.write(to: file)
      #expect(variant.tunedTiling(on: device) == nil)
    }
    #expect(try Devices.open().programsAreNotKept)
  }

  @Test func theEnvironmentNamesAFamilyOrNone() throws {
    #expect(try KernelChoice.named { _ in nil } == nil)
    #expect(try KernelChoice.named { _ in "" } == nil)
    for family in KernelFamily.allCases {
      #expect(try KernelChoice.named { _ in family.rawValue }?.family == family)
    }
    #expect(try KernelChoice.named { _ in "gpu-f16" } == .gpuWithHalf)
    for name in ["GPU", "tpu", "cpu ", "cpu-f16"] {
      #expect(throws: EngineError.self) { try KernelChoice.named { _ in name } }
    }
  }
}

extension Device {
  fileprivate var programsAreNotKept: Bool {
    get throws { try !KernelVariant(.gpu, .general).keepTiling(on: self) }
  }
}
