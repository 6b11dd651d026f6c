import Glibc
import HDF5
import Testing

/// Images of files: made, read, changed.
@Suite struct WritingTests {
  private func fill(_ root: consuming Group) throws {
    try root.setText("model_config", to: String(repeating: "größe ", count: 20_000))
    try root.setTexts("layer_names", to: ["conv1", "a longer name"])
    try root.setTexts("weight_names", to: [])
    let group = try root.createGroup("conv1")
    try ramp.withUnsafeBytes { try group.createDataset(at: "conv1/kernel:0", shape: [3, 4], elements: $0) }
  }

  private func create() throws -> [UInt8] {
    let file = try File(creatingImageFor: "made")
    try fill(try file.root())
    return try file.finishedImage()
  }

  /// Lends the root of an image's file.
  private func withRoot<R>(_ image: [UInt8], _ body: (borrowing Group) throws -> R) throws -> R {
    try image.withUnsafeBytes { (bytes) throws in try body(try File(readingImage: bytes, name: "made").root())
    }
  }

  @Test func whatIsWrittenIsRead() throws {
    try withRoot(create()) { (root: borrowing Group) throws in
      #expect(try root.text("model_config") == String(repeating: "größe ", count: 20_000))
      #expect(try root.texts("layer_names") == ["conv1", "a longer name"])
      #expect(try root.texts("weight_names") == [])
      let dataset = try root.dataset(at: "conv1/conv1/kernel:0")
      #expect(dataset.shape == [3, 4])
      #expect(try floats(dataset) == ramp)
    }
  }

  @Test func equalContentGivesEqualBytes() throws {
    let first = try create()
    // A stored time has a resolution of one second.
    usleep(1_100_000)
    #expect(try create() == first)
  }

  @Test func longListsAreSplit() throws {
    let names = (0..<5000).map { "a_layer_with_quite_a_long_name_\($0)" }
    let file = try File(creatingImageFor: "made")
    try file.root().setTexts("layer_names", to: names)
    try withRoot(file.finishedImage()) { (root: borrowing Group) throws in
      #expect(try root.text("layer_names") == nil)
      #expect(try (root.texts("layer_names0") ?? []).count == 1667)
      #expect(try root.texts("layer_names") == names)
    }
  }

  @Test(arguments: [
    (Datatype.float16, [0x3C00, 0x0001] as [UInt16]), (.bfloat16, [0x3F80, 0xFFC0]),
    (.float64, [0, 0, 0, 0x3FF0, 1, 0, 0, 0x8000]),
  ])
  func everyTypeIsRead(type: Datatype, words: [UInt16]) throws {
    let file = try File(creatingImageFor: "made")
    try words.withUnsafeBytes {
      try file.root().createDataset(
        at: "values", shape: [2], type: type, elements: $0, mark: ("dtype", "\(type)"))
    }
    try withRoot(file.finishedImage()) { (root: borrowing Group) throws in
      let dataset = try root.dataset(at: "values")
      #expect(dataset.datatype == type)
      var found = [UInt16](repeating: 0, count: words.count)
      try found.withUnsafeMutableBytes { try dataset.read(into: $0) }
      #expect(found == words)
    }
  }

  @Test func updatingRewritesOneDatasetInPlace() throws {
    let before = try create()
    let after = try negate("conv1/conv1/kernel:0", in: before)
    try withRoot(after) { (root: borrowing Group) throws in
      #expect(try floats(try root.dataset(at: "conv1/conv1/kernel:0")) == ramp.map { -$0 })
    }
    #expect(before.count == after.count)
    // Zero and eleven other numbers change their sign, each in one byte.
    #expect(zip(before, after).count { $0 != $1 } == 12)
  }

  /// Filters, layout and byte order are the file's: what was written comes back through them.
  @Test(arguments: ["little_endian", "big_endian", "chunked", "compressed", "compact", "hard_link"])
  func updatingKeepsHowADatasetIsStored(path: String) throws {
    let file = try #require(fopen(fixture("objects.h5"), "rb"))
    defer { fclose(file) }
    var image = [UInt8](repeating: 0, count: 1 << 20)
    image.removeLast(image.count - fread(&image, 1, image.count, file))
    try withRoot(negate(path, in: image)) { (root: borrowing Group) throws in
      #expect(try floats(try root.dataset(at: path)) == ramp.map { -$0 })
    }
  }

  private func negate(_ dataset: String, in image: [UInt8]) throws -> [UInt8] {
    try image.withUnsafeBytes { bytes in
      let file = try File(updatingImage: bytes, name: "made")
      try ramp.map { -$0 }.withUnsafeBytes { try file.root().dataset(at: dataset).write($0) }
      return try file.finishedImage()
    }
  }

  @Test func finishingWithAnOpenGroupFails() throws {
    #expect(problem { () throws(HDF5Error) in try finishTooEarly() } != nil)
  }

  private func finishTooEarly() throws(HDF5Error) {
    let file = try File(creatingImageFor: "made")
    let root = try file.root()
    _ = try file.finishedImage()
    _ = try root.contains("anything")
  }

  @Test func imagesThatAreNoHDF5() {
    for image in [[], [1, 2, 3], Array(repeating: 0, count: 4096)] as [[UInt8]] {
      #expect(throws: HDF5Error.self) { try withRoot(image) { (_: borrowing Group) throws in } }
    }
  }
}
