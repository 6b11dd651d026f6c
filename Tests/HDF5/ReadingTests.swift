import HDF5
import Testing

@Suite struct ReadingTests {
  @Test(arguments: [
    "little_endian", "big_endian", "chunked", "compressed", "extensible", "hard_link", "deep/er/values",
    "deep/again/again/er/values", "compact",
  ])
  func values(path: String) throws {
    let dataset = try File(reading: fixture("objects.h5")).root().dataset(at: path)
    #expect(dataset.shape == [3, 4])
    #expect(dataset.datatype == .float32)
    #expect(try floats(dataset) == ramp)
  }

  @Test(arguments: ["user_block.h5", "newest_version.h5"])
  func otherWrappings(name: String) throws {
    #expect(try floats(try File(reading: fixture(name)).root().dataset(at: "little_endian")) == ramp)
  }

  @Test func scalar() throws {
    let dataset = try File(reading: fixture("objects.h5")).root().dataset(at: "scalar")
    #expect(dataset.shape == [])
    #expect(try floats(dataset) == [7])
  }

  @Test func objectsOutliveTheFileValue() throws {
    let file = try File(reading: fixture("objects.h5"))
    let group = try file.root().group(at: "deep/er")
    try file.close()
    #expect(try floats(try group.dataset(at: "values")) == ramp)
  }

  @Test(arguments: [("float64", Datatype.float64, 8), ("float16", .float16, 2)])
  func otherNumbers(path: String, type: Datatype, size: Int) throws {
    let dataset = try File(reading: fixture("objects.h5")).root().dataset(at: path)
    #expect(dataset.datatype == type)
    #expect(dataset.byteCount == 12 * size)
  }

  @Test func otherTypesAreNamed() throws {
    let dataset = try File(reading: fixture("objects.h5")).root().dataset(at: "integers")
    #expect(dataset.datatype == .other("an integer of 8 bytes"))
  }

  @Test func membersAreListed() throws {
    let root = try File(reading: fixture("objects.h5")).root()
    #expect(try root.group(at: "deep").memberNames() == ["again", "er"])
    #expect(try root.isGroup("deep"))
    #expect(try !root.isGroup("scalar"))
    #expect(try !root.isGroup("soft_group"))
  }

  @Test(
    arguments: [
      ("external", .externalStorage),
      ("virtual", .unsupportedLayout("virtual")),
      ("lzf", .unsupportedFilter(32000)),
      ("never_written", .neverWritten),
      ("no_elements", .badShape("has no elements")),
      ("huge", .tooLarge(limit: 1 << 30)),
      ("huge_chunks", .tooLarge(limit: 1 << 30)),
      ("soft_link", .indirectLink),
      ("external_link", .indirectLink),
      ("soft_group/er/values", .indirectLink),
      ("deep", .wrongKind(expected: "dataset")),
      ("little_endian/values", .wrongKind(expected: "group")),
      ("missing", .missing),
      ("deep/missing/values", .missing),
      ("", .badName),
      ("/little_endian", .badName),
      ("deep//er/values", .badName),
      ("deep/./er/values", .badName),
      ("deep/../little_endian", .badName),
      ("little_endian\0", .badName),
    ] as [(String, HDF5Error.Problem)])
  func refusedDatasets(path: String, expected: HDF5Error.Problem) throws {
    let root = try File(reading: fixture("objects.h5")).root()
    #expect(problem { () throws(HDF5Error) in _ = try root.dataset(at: path) } == expected)
  }

  @Test func refusedLengths() throws {
    let root = try File(reading: fixture("objects.h5")).root()
    for path in [String(repeating: "x", count: 2000), String(repeating: "deep/again/", count: 20) + "er"] {
      #expect(problem { () throws(HDF5Error) in _ = try root.group(at: path) } == .badName)
    }
  }

  @Test func refusedGroups() throws {
    let root = try File(reading: fixture("objects.h5")).root()
    #expect(problem { () throws(HDF5Error) in _ = try root.group(at: "soft_group") } == .indirectLink)
    #expect(
      problem { () throws(HDF5Error) in _ = try root.group(at: "scalar") } == .wrongKind(expected: "group"))
  }

  @Test func membersAreFoundWithoutBeingFollowed() throws {
    let root = try File(reading: fixture("objects.h5")).root()
    #expect(try root.contains("deep"))
    #expect(try root.contains("external_link"))
    #expect(try !root.contains("missing"))
  }

  @Test func filesThatAreNoHDF5() throws {
    let text = fixture("secret.txt")
    #expect(throws: HDF5Error.self) { _ = try File(reading: text) }
  }

  @Test func errorsNameObjectAndFile() throws {
    let path = fixture("objects.h5")
    let root = try File(reading: path).root()
    do {
      _ = try root.dataset(at: "deep/er/missing")
      Issue.record("nothing was thrown")
    } catch {
      #expect("\(error)" == "'/deep/er/missing' in '\(path)': is not there")
    }
  }

  @Test func readersDoNotDisturbEachOther() async throws {
    try await withThrowingTaskGroup(of: [Float].self) { tasks in
      for _ in 0..<32 {
        tasks.addTask {
          let root = try File(reading: fixture("objects.h5")).root()
          #expect(problem { () throws(HDF5Error) in _ = try root.dataset(at: "missing") } == .missing)
          return try floats(try root.dataset(at: "compressed"))
        }
      }
      for try await values in tasks { #expect(values == ramp) }
    }
  }
}
