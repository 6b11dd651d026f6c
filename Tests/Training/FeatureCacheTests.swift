import Engine
import Foundation
import ImageFiles
import ModelGraph
import OpenCL
import Testing
import Training

@Suite struct FeatureCacheTests {
  private let folder: URL
  private let images: URL

  private static let fixtures = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "fixtures/images")

  init() throws {
    let root = URL(fileURLWithPath: NSTemporaryDirectory()).appending(path: "features-\(UUID().uuidString)")
    folder = root.appending(path: "cache")
    images = root.appending(path: "images")
    try FileManager.default.createDirectory(at: images, withIntermediateDirectories: true)
    for (index, name) in ["photo.jpg", "png_rgb_8.png", "expected.json", "jpeg_420.jpg"].enumerated() {
      try FileManager.default.copyItem(
        at: Self.fixtures.appending(path: name), to: images.appending(path: "\(index)"))
    }
  }

  /// MobileNet alpha 0.25 on 32×32 images with a head for two classes.
  private func pack(seed: UInt64 = 3) throws -> Pack {
    let graph = try MobileNetV1(alpha: 0.25, inputSize: 32).graph()
    let base = try Model(graph: graph, weights: graph.madeUpWeights(seed: seed))
    let model = try base.withHead(classes: 2, seed: 1)
    return try Pack(
      folding: model, mask: FreezeMask.default(for: model.graph), labels: ["even", "odd"],
      provenance: Provenance(
        sourceName: "made up", sourceDigest: String(repeating: "0", count: 64), toolVersion: "0"))
  }

  private var labelled: [LabelledImage] {
    (0..<4).map {
      LabelledImage(image: ImageReference(FilePath(images.appending(path: "\($0)").path)), label: $0 % 2)
    }
  }

  private func train(
    seed: UInt64 = 3, capacity: Int = 1 << 30, _ change: (inout TrainingOptions) -> Void = { _ in }
  ) throws -> (weights: Weights, broken: Int) {
    var options = TrainingOptions()
    options.epochs = 1
    options.batchSize = 2
    options.cache = FeatureCache(folder: folder.path, capacity: capacity)
    change(&options)
    var broken = 0
    let trainer = try Trainer(
      pack: pack(seed: seed), training: labelled, validation: [], options: options, device: TestDevice.open())
    let outcome = try trainer.run { event in
      if case .brokenImages(let errors) = event { broken += errors.count }
    }
    return (outcome.pack.weights, broken)
  }

  private func entries() throws -> [URL] {
    try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
  }

  private func cleanUp() { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }

  @Test func aSecondRunGivesTheSameFromTheCache() throws {
    defer { cleanUp() }
    let first = try train()
    let entry = try #require(try entries().first)
    let kept = try Data(contentsOf: entry)
    let second = try train()
    #expect(first.weights == second.weights)
    // What cannot be read is said each time.
    #expect((first.broken, second.broken) == (1, 1))
    #expect(try entries() == [entry])
    #expect(try Data(contentsOf: entry) == kept)
    #expect(try train { $0.cache = nil }.weights == first.weights)
  }

  @Test func everythingThatFeaturesDependOnMakesAnotherEntry() throws {
    defer { cleanUp() }
    _ = try train()
    _ = try train { $0.images.fitting = .crop }
    _ = try train { $0.images.augmentation = [.flip] }
    _ = try train {
      $0.images.augmentation = [.flip]
      $0.seed = 1
    }
    _ = try train { $0.features = .cached(views: 2) }
    _ = try train(seed: 4)
    // Two views of an image that nothing varies are one.
    #expect(try entries().count == 5)
    try Data(contentsOf: Self.fixtures.appending(path: "png_rgba_8.png")).write(
      to: images.appending(path: "0"))
    _ = try train()
    #expect(try entries().count == 6)
    // What comes behind the frozen layers does not matter.
    _ = try train {
      $0.epochs = 2
      $0.schedule.base = 0.1
    }
    #expect(try entries().count == 6)
  }

  /// Half of the numbers' bytes, each the nearest: the truth is the standard library's conversion.
  @Test func halvesAreAnEntryOfTheirOwn() throws {
    defer { cleanUp() }
    _ = try train()
    let exact = try numbers(of: #require(entries().first), Float.self)
    let first = try train { $0.featurePrecision = .float16 }
    let half = try #require(entries().min { try size(of: $0) < size(of: $1) })
    #expect(try numbers(of: half, UInt16.self) == exact.map { Float16($0).bitPattern })
    #expect(try train { $0.featurePrecision = .float16 }.weights == first.weights)
    #expect(try entries().count == 2)
    // Memory that is short is no reason for another result.
    let limited = try train {
      $0.featurePrecision = .float16
      $0.memoryLimit = 100_000_000
    }
    #expect(limited.weights == first.weights)
  }

  private func size(of entry: URL) throws -> Int { try Data(contentsOf: entry).count }

  /// What stands between the first page and the digest.
  private func numbers<Number: BitwiseCopyable>(of entry: URL, _: Number.Type) throws -> [Number] {
    try Data(contentsOf: entry).dropFirst(4096).dropLast(64).withUnsafeBytes { bytes in
      stride(from: 0, to: bytes.count, by: MemoryLayout<Number>.size).map {
        bytes.loadUnaligned(fromByteOffset: $0, as: Number.self)
      }
    }
  }

  @Test(arguments: ["cut", "flipped", "flipped at the end", "empty", "longer"], FeaturePrecision.allCases)
  func anEntryThatIsNotSoundIsMadeAgain(_ damage: String, _ precision: FeaturePrecision) throws {
    defer { cleanUp() }
    func train() throws -> (weights: Weights, broken: Int) {
      try self.train { $0.featurePrecision = precision }
    }
    let expected = try train()
    let entry = try #require(try entries().first)
    let sound = try Data(contentsOf: entry)
    var bytes = sound
    switch damage {
    case "cut": bytes = sound.dropLast(100)
    case "flipped": bytes[5000] ^= 1
    case "flipped at the end": bytes[bytes.count - 65] ^= 1
    case "empty": bytes = Data()
    default: bytes += Data(repeating: 0, count: 64)
    }
    try bytes.write(to: entry)
    #expect(try train().weights == expected.weights)
    #expect(try Data(contentsOf: entry) == sound)
  }

  @Test func theOldestMakeRoom() throws {
    defer { cleanUp() }
    _ = try train()
    let first = try #require(try entries().first)
    let size = try Data(contentsOf: first).count
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1000)], ofItemAtPath: first.path)
    _ = try train(capacity: 2 * size) { $0.images.fitting = .crop }
    #expect(try entries().count == 2)
    _ = try train(capacity: 2 * size) { $0.images.fitting = .pad }
    #expect(try entries().count == 2)
    #expect(try !entries().contains(first))
    // What is larger than all of it is not kept.
    _ = try train(seed: 4, capacity: size - 1)
    #expect(try entries().count == 2)
  }

  @Test func aFolderThatCannotBeWrittenDoesNoHarm() throws {
    defer { cleanUp() }
    let expected = try train()
    #expect(try train { $0.cache = FeatureCache(folder: "/proc/none") }.weights == expected.weights)
  }
}
