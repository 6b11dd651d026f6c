import Foundation
import KerasFiles
import ModelGraph
import SystemFiles
import Testing

/// What crosses from the sandbox is read as if the file itself had written it.
@Suite struct SandboxTests {
  /// Small files whose answers have, between them, all that an answer can have: layers and objects, tensors that stay
  /// in the file and tensors that are sent, types that are only named.
  private static let files = [
    "hdf5/keras3_weights.weights.h5", "keras/hostile_float16.h5", "hdf5/answers.weights.h5",
    "hdf5/answers.h5",
  ]

  @Test(arguments: KerasFixture.all.map(\.name).filter { $0.hasSuffix(".h5") })
  func theChildHandsOverWhatTheLibraryReads(name: String) throws {
    let file = try SharedBytes(path: fixture("keras/" + name))
    let answer = try SandboxRehearsal.answer(for: file)
    let network = try #require(try SandboxRehearsal.network(of: answer, for: file))
    let read = try ContainerReading.network(at: fixture("keras/" + name))
    #expect(read.container == network.container)
    #expect(read.configuration == network.configuration)
    #expect(read.kerasVersion == network.kerasVersion)
    #expect(read.hasOptimizerState == network.hasOptimizerState)
    #expect(read.allWeights.map(\.name) == network.allWeights.map(\.name))
    #expect(read.allWeights.map(\.place) == network.allWeights.map(\.place))
    #expect(read.allWeights.map(\.tensor) == network.allWeights.map(\.tensor))
    #expect(try SandboxRehearsal.again(answer, for: file) == answer)
  }

  @Test(arguments: files)
  func everyTruncationIsRefused(name: String) throws {
    let file = try SharedBytes(path: fixture(name))
    let answer = try SandboxRehearsal.answer(for: file)
    for count in answer.indices {
      #expect(throws: (any Error).self, "\(count) bytes") {
        try SandboxRehearsal.network(of: Array(answer[..<count]), for: file)
      }
    }
    #expect(throws: (any Error).self) { try SandboxRehearsal.network(of: answer + [0], for: file) }
  }

  /// Every byte of the answer has other values, in the long tier every other one: what is not refused is an answer
  /// that makes sense, the only encoding of what it says.
  @Test(arguments: files)
  func everyOtherByteIsRefusedOrMakesSense(name: String) throws {
    let file = try SharedBytes(path: fixture(name))
    let answer = try SandboxRehearsal.answer(for: file)
    let isLong = ProcessInfo.processInfo.environment["MLPACK_LONG_TESTS"] != nil
    let masks = isLong ? Array(1...255) : [1, 2, 4, 8, 16, 32, 64, 128, 255] as [UInt8]
    var refusals = 0
    for position in answer.indices {
      for mask in masks {
        let value = answer[position] ^ mask
        var changed = answer
        changed[position] = value
        guard let again = try? SandboxRehearsal.again(changed, for: file) else {
          refusals += 1
          continue
        }
        #expect(again == changed, "\(value) at \(position)")
      }
    }
    #expect(refusals > answer.count * masks.count / 4)
  }

  @Test func noCountIsTrustedBeforeThereAreBytesForIt() throws {
    let file = try SharedBytes(path: fixture(SandboxTests.files[0]))
    func number(_ value: UInt64) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }
    for huge in [1 << 20, 1 << 40, UInt64(Int.max), .max] {
      for answer in [
        [0] + number(huge),  // a text
        [2, 0, 0, 0] + number(huge),  // layers
        [2, 0, 0, 0] + number(1) + number(0) + number(huge),  // weights
        [3, 0] + number(0) + [0] + number(0) + number(0) + number(huge),  // objects
        [4] + number(huge),  // an image
      ] {
        #expect(throws: (any Error).self) { try SandboxRehearsal.network(of: answer, for: file) }
      }
    }
  }

  /// Answers that a fuzzer found: each once took what it did not bring.
  @Test func hostileAnswersAreRefused() throws {
    let file = try SharedBytes(path: fixture(SandboxTests.files[0]))
    let folder = fixture("hostile/answer")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(!names.isEmpty)
    for name in names {
      let answer = Array(try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name)))
      #expect(throws: (any Error).self, "\(name)") { try SandboxRehearsal.network(of: answer, for: file) }
      #expect(SandboxRehearsal.largestPiece(of: answer, for: file) <= 8 << 20, "\(name)")
    }
  }

  @Test func tensorsLieInTheFile() throws {
    let file = try SharedBytes(path: fixture(SandboxTests.files[0]))
    func number(_ value: Int) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }
    func answer(at offset: Int, _ extent: Int) -> [UInt8] {
      let weight = number(0) + number(0) + [0, 1] + number(extent) + [1] + number(offset)
      return [2, 0, 0, 0] + number(1) + number(0) + number(1) + weight + number(0)
    }
    #expect(try SandboxRehearsal.network(of: answer(at: file.count / 4 * 4 - 8, 2), for: file) != nil)
    for (offset, extent) in [
      (file.count / 4 * 4 - 8, 3), (2, 1), (file.count * 2, 1), (.max - 3, 1), (.max - 3, 1 << 28), (0, 0),
      (0, 1 << 61), (0, .max),
    ] {
      #expect(throws: (any Error).self, "\(extent) at \(offset)") {
        try SandboxRehearsal.network(of: answer(at: offset, extent), for: file)
      }
    }
  }
}
