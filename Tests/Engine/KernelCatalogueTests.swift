import Engine
import ModelGraph
import OpenCL
import Testing

@Suite struct KernelCatalogueTests {
  /// Every word behind "kernel void", wherever it stands: so a definition that the rule does not see is noticed.
  @Test func theRuleFindsEveryKernel() {
    for (file, text) in KernelCatalogue.sources {
      let code = text.split(separator: "\n").filter { !$0.hasPrefix("//") }.joined(separator: "\n")
      let defined = code.matches(of: /\bkernel\s+void\s+(\w+)/).map { String($0.1) }
      let found = KernelCatalogue.fileOfKernel.filter { $0.value == file }.keys
      #expect(found.sorted() == defined.sorted(), "\(file)")
      #expect(file == "common.cl" || !found.isEmpty, "\(file)")
    }
  }

  @Test func everyFileBuildsByItself() throws {
    let kernels = KernelCatalogue(try Devices.open())
    for (name, file) in KernelCatalogue.fileOfKernel {
      #expect(try kernels.kernel(name).name == name, "\(file)")
    }
    #expect(kernels.builtFiles == Set(KernelCatalogue.sources.map(\.name)).subtracting(["common.cl"]))
  }

  /// The identity of features leaves the files out of which no frozen layer uses a kernel.
  @Test(arguments: OddNetwork.allCases)
  func onlyWhatIsUsedIsBuilt(_ network: OddNetwork) throws {
    let graph = try network.graph()
    let batch = Batch(graph, count: 2)
    let mask = graph.mask { ["dense", "conv_preds"].contains($0.layer) }
    let engine = try Engine(network.pack(mask), EngineOptions(batchSize: 2), device: TestDevice.open())
    _ = try batch.features(on: engine)
    #expect(engine.builtFiles.isDisjoint(with: KernelCatalogue.behindFeatures), "\(engine.builtFiles)")
    #expect(KernelCatalogue.behindFeatures.isSubset(of: Set(KernelCatalogue.fileOfKernel.values)))
    _ = try batch.step(on: engine, learningRate: 0.1)
    #expect(engine.builtFiles.isSuperset(of: ["optimizers.cl", "softmax.cl"]))
    #expect(!engine.builtFiles.contains("peak.cl"))
  }
}
