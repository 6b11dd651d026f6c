import ModelGraph
import Testing

/// Two networks, tensor by tensor, in the domain that both have.
@Suite struct ComparisonTests {
  private let model: Model

  init() throws {
    let graph = try TestNetworks.small()
    model = try Model(graph: graph, weights: graph.madeUpWeights(seed: 1))
  }

  private func status(_ text: String, in comparison: NetworkComparison) -> TensorComparison.Status? {
    comparison.tensors.first { $0.id == WeightID(text) }?.status
  }

  private func mask(_ expression: String) throws -> FreezeMask {
    try FreezeMask(parsing: expression, in: model.graph)
  }

  @Test func aNetworkIsIdenticalToItself() throws {
    let comparison = NetworkComparison(.init(model, .configured), .init(model, .weightsAlone))
    #expect(comparison.isIdentical)
    #expect(comparison.isEqual)
    #expect(comparison.tensors.map(\.id) == model.graph.weightIDs)
    #expect(comparison.tensors.map(\.shape) == model.graph.weightIDs.map { model.weights[$0]?.shape })
    #expect(comparison.tensors.allSatisfy { $0.distance?.differing == 0 })
    #expect(comparison.renamed == [])
  }

  @Test func withoutAnOpinionADifferenceIsADifference() throws {
    let other = try model.adding(0.5, to: "conv/kernel", at: 7)
    let comparison = NetworkComparison(.init(model, .weightsAlone), .init(other, .weightsAlone))
    #expect(!comparison.isIdentical)
    #expect(!comparison.isEqual)
    #expect(comparison.tensors.filter { $0.status != .identical }.map(\.id) == [WeightID("conv/kernel")])
    #expect(status("conv/kernel", in: comparison) == .differs)
    #expect(comparison.tensors[0].distance?.differing == 1)
  }

  @Test func aMaskTellsTrainedFromChanged() throws {
    let other = try model.adding(1, to: "conv_pw/kernel", at: 0).adding(1, to: "conv_bn/beta", at: 2)
    let pack = ComparedNetwork(other, .pack(try mask("conv_pw,dense")))
    for comparison in [
      // The flags of the other file, which train all, count for nothing beside a mask.
      NetworkComparison(.init(model, .configured), pack), NetworkComparison(pack, .init(model, .configured)),
    ] {
      #expect(status("conv_pw/kernel", in: comparison) == .trained)
      #expect(status("conv_bn/beta", in: comparison) == .changed)
      #expect(comparison.changedThoughFrozen.map(\.id) == [WeightID("conv_bn/beta")])
      #expect(!comparison.isEqual)
    }
  }

  @Test func eitherPackMayHaveTrained() throws {
    let other = try model.adding(1, to: "conv_pw/kernel", at: 0).adding(1, to: "dense/bias", at: 0)
    let comparison = NetworkComparison(
      .init(model, .pack(try mask("conv_pw"))), .init(other, .pack(try mask("dense"))))
    #expect(status("conv_pw/kernel", in: comparison) == .trained)
    #expect(status("dense/bias", in: comparison) == .trained)
  }

  @Test(arguments: [(0, true), (2, true), (3, false), (4, false)])
  func channelsAreTrainedOneByOne(_ channel: Int, isTrained: Bool) throws {
    let a = ComparedNetwork(model, .pack(try mask("conv_pw[0:2]")))
    // Of conv_pw's five channels, a trains two and b one more. Channels are innermost in its kernel.
    let changed = try model.adding(1, to: "conv_pw/kernel", at: 5 + channel)
    let b = ComparedNetwork(changed, .pack(try mask("conv_pw[2:3]")))
    #expect(
      status("conv_pw/kernel", in: NetworkComparison(a, b))
        == (isTrained ? .trained : TensorComparison.Status.changed))
  }

  @Test func movingStatisticsFollowTheirLayer() throws {
    let other = try model.adding(1, to: "conv_bn/moving_mean", at: 0)
    func found(_ expression: String) throws -> TensorComparison.Status? {
      let pack = ComparedNetwork(other, .pack(try mask(expression)))
      return status(
        "conv_bn/moving_mean", in: NetworkComparison(.init(model, .weightsAlone), pack))
    }
    #expect(try found("conv_bn:gamma") == .trained)
    #expect(try found("conv") == .changed)
  }

  @Test func flagsThatFreezeSomethingAreAnOpinion() throws {
    let frozen = try model.freezing(["conv", "conv_bn"])
    let other = try frozen.adding(1, to: "conv_bn/moving_variance", at: 0).adding(1, to: "dense/bias", at: 1)
    let comparison = NetworkComparison(.init(model, .configured), .init(other, .configured))
    #expect(status("conv_bn/moving_variance", in: comparison) == .changed)
    #expect(status("dense/bias", in: comparison) == .trained)
    // Every model that nobody froze has such flags.
    let unfrozen = try model.adding(1, to: "dense/bias", at: 1)
    let silent = NetworkComparison(.init(model, .configured), .init(unfrozen, .configured))
    #expect(status("dense/bias", in: silent) == .differs)
  }

  @Test func anotherHeadHasAnotherShape() throws {
    let graph = try model.graph.replacing("dense", by: .dense(units: 3, useBias: true, .linear))
    let fresh = graph.madeUpWeights(seed: 1)
    let weights = model.weights.merging(fresh.filter { $0.key.layer == "dense" }) { $1 }
    let other = try Model(graph: graph, weights: weights)
    let comparison = NetworkComparison(.init(model, .weightsAlone), .init(other, .weightsAlone))
    #expect(status("dense/kernel", in: comparison) == .shape(inB: [80, 3]))
    #expect(status("dense/bias", in: comparison) == .shape(inB: [3]))
    #expect(comparison.tensors.last?.distance == nil)
    #expect(status("conv/kernel", in: comparison) == .identical)
  }

  @Test func aHeadThatOneNetworkLacksIsNamed() throws {
    let short = try model.graph.dropping(last: 3)
    let weights = model.weights.filter { $0.key.layer != "dense" }
    let other = try Model(graph: short, weights: weights)
    let comparison = NetworkComparison(.init(model, .configured), .init(other, .configured))
    #expect(comparison.onlyInA == [WeightID("dense/kernel"), WeightID("dense/bias")])
    #expect(comparison.onlyInB == [])
    // That the softmax behind it is missing too needs no saying.
    #expect(comparison.structure == [])
    #expect(!comparison.isEqual)
    let reverse = NetworkComparison(.init(other, .configured), .init(model, .configured))
    #expect(reverse.onlyInB == comparison.onlyInA)
  }
}
