import Engine
import ModelGraph
import OpenCL
import Testing

@Suite struct KernelCatalogueTests {
  /// Files without kernels: parts of the programs of others.
  private static let shared: Set = [
    "common.cl", "cpu/common.cl", "cpu/filter_gradients.cl", "cpu/passes.cl", "cpu/products.cl",
    "cpu/windows.cl", "gpu/common.cl",
  ]

  /// Every word behind "kernel void", wherever it stands: so a definition that the rule does not see is noticed.
  @Test(arguments: KernelFamily.allCases)
  func theRuleFindsEveryKernel(_ family: KernelFamily) throws {
    let files = try #require(KernelSources.fileOfKernel[family])
    for (file, text) in KernelSources.of(family) {
      let code = text.split(separator: "\n").filter { !$0.hasPrefix("//") }.joined(separator: "\n")
      let defined = code.matches(of: /\bkernel\s+void\s+(\w+)/).map { String($0.1) }
      let found = files.filter { $0.value == file }.keys
      #expect(found.sorted() == defined.sorted(), "\(file)")
      #expect(Self.shared.contains(file) == found.isEmpty, "\(file)")
    }
  }

  /// Of each operation a family has one file, and no file belongs to none.
  @Test func everyFileIsOfAFamily() {
    var used: Set<String> = []
    for family in KernelFamily.allCases {
      let files = KernelSources.of(family).map(\.name).filter { !$0.hasSuffix("common.cl") }
      let operations = files.map { $0.split(separator: "/").last ?? "" }
      #expect(Set(operations).count == files.count)
      used.formUnion(files)
    }
    #expect(used == Set(KernelSources.all.map(\.name).filter { !$0.hasSuffix("common.cl") }))
  }

  /// With few registers and with many.
  @Test(arguments: KernelFamily.allCases, [6, 14])
  func everyFileBuildsByItself(_ family: KernelFamily, _ tile: Int) throws {
    let device = try Devices.open()
    var tiling = KernelVariant(family, on: device.info).tiling
    tiling.tile = tile
    let kernels = KernelCatalogue(device, KernelVariant(family, tiling))
    let files = try #require(KernelSources.fileOfKernel[family])
    for (name, file) in files { #expect(try kernels.kernel(name).name == name, "\(file)") }
    #expect(kernels.builtFiles.count == Set(files.values).count)
  }

  /// The identity of features leaves the files out of which no frozen layer uses a kernel.
  @Test(arguments: OddNetwork.allCases, KernelFamily.allCases)
  func onlyWhatIsUsedIsBuilt(_ network: OddNetwork, _ family: KernelFamily) throws {
    let graph = try network.graph()
    let batch = Batch(graph, count: 2)
    let mask = graph.mask { ["dense", "conv_preds"].contains($0.layer) }
    let engine = try TestDevice.engine(network.pack(mask), EngineOptions(batchSize: 2), family)
    _ = try batch.features(on: engine)
    #expect(engine.builtFiles.isDisjoint(with: KernelSources.behindFeatures), "\(engine.builtFiles)")
    #expect(KernelSources.behindFeatures.isSubset(of: Set(KernelSources.all.map(\.name))))
    _ = try batch.step(on: engine, learningRate: 0.1)
    #expect(engine.builtFiles.isSuperset(of: ["optimizers.cl", "softmax.cl"]))
    #expect(!engine.builtFiles.contains("peak.cl"))
  }
}
