import Glibc
import HDF5
import Testing

@Suite struct WritingTests {
  /// Lends a path in a folder that is removed afterwards.
  private func withFile(_ body: (String) throws -> Void) throws {
    var template = Array("/tmp/mlpack-hdf5-XXXXXX".utf8CString)
    let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
    defer { rmdir(folder) }
    let path = folder + "/file.h5"
    defer { unlink(path) }
    try body(path)
  }

  private func bytes(of path: String) throws -> [UInt8] {
    let file = try #require(fopen(path, "rb"))
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = fread(&bytes, 1, bytes.count, file)
    try #require(count > 0)
    return Array(bytes[..<count])
  }

  private func fill(_ root: consuming Group) throws {
    try root.setText("model_config", to: String(repeating: "größe ", count: 20_000))
    try root.setTexts("layer_names", to: ["conv1", "a longer name"])
    try root.setTexts("weight_names", to: [])
    let group = try root.createGroup("conv1")
    try ramp.withUnsafeBytes { try group.createDataset(at: "conv1/kernel:0", shape: [3, 4], elements: $0) }
  }

  private func create(_ path: String) throws {
    let file = try File(creating: path)
    try fill(try file.root())
    try file.close()
  }

  @Test func whatIsWrittenIsRead() throws {
    try withFile { path in
      try create(path)
      let root = try File(reading: path).root()
      #expect(try root.text("model_config") == String(repeating: "größe ", count: 20_000))
      #expect(try root.texts("layer_names") == ["conv1", "a longer name"])
      #expect(try root.texts("weight_names") == [])
      let dataset = try root.dataset(at: "conv1/conv1/kernel:0")
      #expect(dataset.shape == [3, 4])
      #expect(try floats(dataset) == ramp)
    }
  }

  @Test func equalContentGivesEqualBytes() throws {
    try withFile { path in
      try create(path)
      let first = try bytes(of: path)
      // A stored time has a resolution of one second.
      usleep(1_100_000)
      try create(path)
      #expect(try bytes(of: path) == first)
    }
  }

  @Test func longListsAreSplit() throws {
    try withFile { path in
      let names = (0..<5000).map { "a_layer_with_quite_a_long_name_\($0)" }
      let file = try File(creating: path)
      try file.root().setTexts("layer_names", to: names)
      try file.close()
      let root = try File(reading: path).root()
      #expect(try root.text("layer_names") == nil)
      #expect(try (root.texts("layer_names0") ?? []).count == 1667)
      #expect(try root.texts("layer_names") == names)
    }
  }

  @Test func updatingRewritesOneDatasetInPlace() throws {
    try withFile { path in
      try create(path)
      let before = try bytes(of: path)
      try negate("conv1/conv1/kernel:0", in: path)
      let after = try bytes(of: path)
      #expect(
        try floats(try File(reading: path).root().dataset(at: "conv1/conv1/kernel:0")) == ramp.map { -$0 })
      #expect(before.count == after.count)
      // Zero and eleven other numbers change their sign, each in one byte.
      #expect(zip(before, after).count { $0 != $1 } == 12)
    }
  }

  private func negate(_ dataset: String, in path: String) throws {
    let values = UnsafeMutableRawBufferPointer.allocate(byteCount: ramp.count * 4, alignment: 4)
    defer { values.deallocate() }
    for index in ramp.indices { values.storeBytes(of: -ramp[index], toByteOffset: 4 * index, as: Float.self) }
    let file = try File(updating: path)
    try file.root().dataset(at: dataset).write(UnsafeRawBufferPointer(values))
    try file.close()
  }

  @Test func closingWithAnOpenGroupFails() throws {
    try withFile { path in
      #expect(problem { () throws(HDF5Error) in try closeTooEarly(path) } != nil)
    }
  }

  private func closeTooEarly(_ path: String) throws(HDF5Error) {
    let file = try File(creating: path)
    let root = try file.root()
    try file.close()
    _ = try root.contains("anything")
  }

  @Test func placesThatCannotBeWritten() {
    #expect(throws: HDF5Error.self) { try create("/nonexistent/file.h5") }
    #expect(throws: HDF5Error.self) { try create("/dev/full") }
  }
}
