import ImageFiles
import Testing

@Suite struct ManifestTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func manifest(_ text: String, name: FilePath = "list.csv") throws -> FilePath {
    try folder.file(name, Array(text.utf8))
  }

  /// The images' paths below the folder, and their labels.
  private func listing(_ set: LabelledDataset) -> [String] {
    set.images.map { image in
      let path = image.image.file.description
      let prefix = folder.path.description + "/"
      return "\(image.label) " + (path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : path)
    }
  }

  @Test func `the columns are found by name, the rest is ignored`() throws {
    let text = "id,label,path,note\n1,roses,a/1.jpg,x\n2,daisy,2.png,\n3,roses,/else/3.webp,y\n"
    let set = try LabelledDataset(at: manifest(text))
    #expect(set.labels == ["daisy", "roses"])
    #expect(listing(set) == ["1 a/1.jpg", "0 2.png", "1 /else/3.webp"])
    #expect(set.imagesPerClass == [1, 2])
    #expect(set.images.map(\.image.description).last == "/else/3.webp")
  }

  @Test(arguments: [
    "file,label\na.jpg,x\n", "\u{FEFF}image,label\r\na.jpg,x\r\n", "\"Path\",\"LABEL\"\n\"a.jpg\",\"x\"",
    " path , label \n\na.jpg,x\n\n",
  ])
  func `the ways to write it`(_ text: String) throws {
    #expect(listing(try LabelledDataset(at: manifest(text))) == ["0 a.jpg"])
  }

  @Test func `quoted fields hold commas, quotes and line ends`() throws {
    let text = "path,label\r\n\"a,\"\"b\"\"\nc.jpg\",\"x, y\"\r\nd.jpg,z\r\n"
    let set = try LabelledDataset(at: manifest(text))
    #expect(set.labels == ["x, y", "z"])
    #expect(set.images[0].image.file == folder.path.appending("a,\"b\"\nc.jpg"))
  }

  @Test func `whole numbers are in their own order`() throws {
    let text = "path,label\n" + [10, 9, 0, 2].map { "\($0).jpg,\($0)\n" }.joined()
    #expect(try LabelledDataset(at: manifest(text)).labels == ["0", "2", "9", "10"])
  }

  @Test func `expected labels give the order, and must be the ones that are there`() throws {
    let path = try manifest("path,label\na.jpg,x\nb.jpg,y\n")
    let set = try LabelledDataset(at: path, expecting: ["y", "x"])
    #expect(set.labels == ["y", "x"])
    #expect(listing(set) == ["1 a.jpg", "0 b.jpg"])
    #expect(throws: DatasetError.classesDiffer(data: path.description, missing: ["z"], unknown: ["y"])) {
      try LabelledDataset(at: path, expecting: ["x", "z"])
    }
  }

  @Test(arguments: [
    ("", 1, "the file is empty; a CSV manifest begins with the names of its columns"),
    ("path,class\na.jpg,x\n", 1, "no column is named 'label'; is it a CSV manifest?"),
    ("name,label\na.jpg,x\n", 1, "no column is named 'path' or 'file' or 'image'; is it a CSV manifest?"),
    ("path,label,label\na.jpg,x,y\n", 1, "two columns are named 'label'"),
    ("path,label\n", 1, "no image follows the header"),
    ("path,label\n\na.jpg,x\nb.jpg\n", 4, "1 fields, where the header has 2"),
    ("path,label\n\"a\n.jpg\",x\n,y\n", 4, "no path of an image; name one, or remove the line"),
    ("path,label\na.jpg,\n", 2, "the label is empty or not UTF-8; name the class"),
    (
      "path,label\na.jpg,x\u{7}\n", 2,
      "the label holds a character that controls a terminal or turns text around; write it without"
    ),
    ("path,label\n\"a.jpg,x\nb.jpg,y\n", 2, "a quoted field does not end"),
    ("path,label\n\"a\"\"", 2, "a quoted field does not end"),
    ("path,label\n\"a\"b,x\n", 2, "a quote inside a quoted field; double it"),
    (
      "path,label\na\"b,x\n", 2,
      "a quote inside a field; put the field in quotes, and double those inside"
    ),
  ])
  func `faults name file and line`(_ text: String, _ line: Int, _ why: String) throws {
    let path = try manifest(text)
    let fault = DatasetError.badManifest(file: path.description, line: line, why: why)
    #expect(throws: fault) { try LabelledDataset(at: path) }
    #expect(fault.description == "\(path), line \(line): \(why)")
  }

  @Test func `any bytes give a set or an error`() throws {
    var state: UInt64 = 1
    for round in 0..<300 {
      let bytes = (0..<40).map { _ -> UInt8 in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Array("\",\n\rax\u{0}\u{FF}".utf8)[Int(state >> 33) % 9]
      }
      let path = try folder.file(FilePath("\(round).csv"), Array("path,label\n".utf8) + bytes)
      if let set = try? LabelledDataset(at: path) { #expect(!set.images.isEmpty) }
    }
  }
}
