import HDF5
import Testing

@Suite struct StringAttributeTests {
  @Test(arguments: [
    ("null_padded", ["conv1", "conv1_bn", ""]),
    ("null_terminated", ["conv1", "conv1_bn", ""]),
    ("space_padded", ["conv1", "conv1_bn", ""]),
    ("variable_ascii", ["conv1", "conv1_bn", ""]),
    ("fixed_utf8", ["größe", "ß"]),
    ("variable_utf8", ["größe"]),
    ("one_fixed", ["tensorflow"]),
    ("no_strings", []),
    ("null_space", []),
    ("split", ["a", "b", "c"]),
    ("many", (0..<50).map { String(repeating: "0", count: $0 < 10 ? 39 : 38) + "\($0)" }),
  ])
  func lists(name: String, expected: [String]) throws {
    let file = try File(reading: fixture("strings.h5"))
    #expect(try file.root().texts(name) == expected)
  }

  @Test func singleText() throws {
    let file = try File(reading: fixture("strings.h5"))
    #expect(try file.root().text("variable_utf8") == "größe")
    #expect(try file.root().text("one_fixed") == "tensorflow")
  }

  @Test func absentAttributes() throws {
    let file = try File(reading: fixture("strings.h5"))
    #expect(try file.root().texts("missing") == nil)
    #expect(try file.root().text("missing") == nil)
  }

  @Test func refusedAttributes() throws {
    let root = try File(reading: fixture("strings.h5")).root()
    #expect(
      problem { () throws(HDF5Error) in _ = try root.texts("numbers") }
        == .notText("its elements are no strings"))
    #expect(problem { () throws(HDF5Error) in _ = try root.texts("not_utf8") } == .notText("it is not UTF-8"))
    #expect(
      problem { () throws(HDF5Error) in _ = try root.text("null_padded") }
        == .notText("3 strings where one is expected"))
  }
}
