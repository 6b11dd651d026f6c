import Engine
import Foundation
import ModelGraph
import OpenCL
import Testing

@Suite struct RehearsalTests {
  /// With the first program that has to be compiled all are that the run uses, whatever it trains, and however many images
  /// its batches have.
  @Test(arguments: KernelFamily.allCases, ["none", "*,-*_bn", "*", "*:bias"])
  func allThatRunsIsForeseen(_ family: KernelFamily, _ mask: String) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "foreseen-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    for network in [OddNetwork.evenSizes] {
      let graph = try network.graph()
      let device = try Devices.open(programs: ProgramCache(folder: folder.path))
      let engine = try Engine(
        network.pack(FreezeMask(parsing: mask, in: graph)), EngineOptions(batchSize: 5), device: device,
        kernels: KernelVariant(family, on: device.info))
      let batch = Batch(graph, count: 5)
      _ = try batch.probabilities(on: engine, of: [0])
      let foreseen = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(foreseen.count >= engine.builtFiles.count)
      if mask != "none" { _ = try batch.step(on: engine, learningRate: 0.1) }
      _ = try batch.probabilities(on: engine)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == foreseen.sorted())
      #expect(engine.builtFiles.count == foreseen.count)
    }
  }
}
