import ImageFiles
import Testing

@Suite struct LabelledFolderTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The listed files' paths below the folder, and their labels.
  private func listing(_ set: LabelledFolder) -> [String] {
    set.files.map { file in
      "\(file.label) "
        + String(decoding: file.path.bytes.dropFirst(folder.path.bytes.count + 1), as: UTF8.self)
    }
  }

  private func addClasses(_ names: FilePath...) throws {
    for name in names {
      try folder.folder(name)
      try folder.file(name.appending("image.jpg"))
    }
  }

  @Test func `a folder a class, in byte order, by Keras's extensions`() throws {
    try addClasses("tulips", "Roses", "daisy")
    for name in ["b.PNG", "a.jpeg", "A.gif", "ä.bmp", "notes.txt", "jpg", ".hidden.jpg"] as [FilePath] {
      try folder.file("daisy/" + name)
    }
    try folder.folder(".cache")
    try folder.file("loose.jpg")
    let set = try LabelledFolder(path: folder.path)
    #expect(set.classNames == ["Roses", "daisy", "tulips"])
    #expect(set.imageCounts == [1, 5, 1])
    #expect(
      listing(set) == [
        "0 Roses/image.jpg", "1 daisy/A.gif", "1 daisy/a.jpeg", "1 daisy/b.PNG", "1 daisy/image.jpg",
        "1 daisy/ä.bmp",
        "2 tulips/image.jpg",
      ])
  }

  @Test func `folders below a class belong to it, its own images first`() throws {
    try addClasses("a")
    for name in ["a/b", "a/b/c", "a/.git"] as [FilePath] { try folder.folder(name) }
    for name in ["a/z.jpg", "a/b/y.jpg", "a/b/c/x.jpg", "a/.git/w.jpg"] as [FilePath] {
      try folder.file(name)
    }
    #expect(
      listing(try LabelledFolder(path: folder.path)) == [
        "0 a/image.jpg", "0 a/z.jpg", "0 a/b/y.jpg", "0 a/b/c/x.jpg",
      ])
  }

  @Test func `links are followed, loops and second ways are not`() throws {
    try addClasses("a", "b")
    try folder.link("a/again", to: ".")
    try folder.link("a/up", to: "..")
    try folder.link("a/link.jpg", to: "../b/image.jpg")
    try folder.link("c", to: "b")
    let set = try LabelledFolder(path: folder.path)
    #expect(set.classNames == ["a", "b", "c"])
    // By `up`, class a also reaches b; once, though c leads there too.
    #expect(
      listing(set) == [
        "0 a/image.jpg", "0 a/link.jpg", "0 a/up/b/image.jpg", "1 b/image.jpg", "2 c/image.jpg",
      ])
  }

  @Test func `names in any encoding survive`() throws {
    let latin = FilePath(bytes: [0x63, 0x61, 0x66, 0xE9])
    try folder.folder(latin)
    let name = FilePath(bytes: [0xE9, 0x2E, 0x70, 0x6E, 0x67])
    let path = try folder.file(latin.appending(name), Fixtures.bytes("png_grey_8.png"))
    let set = try LabelledFolder(path: folder.path)
    #expect(set.classNames == ["caf\u{FFFD}"])
    #expect(set.files == [LabelledFile(path: path, label: 0)])
    #expect(try ImageDecoder.decode(path: set.files[0].path).width == 27)
  }

  @Test func `a line break in a name does not break a message`() {
    #expect(FilePath("a\nb\u{1B}[1m").description == "a\\nb\\u{1B}[1m")
  }

  @Test func `expected labels give the order`() throws {
    try addClasses("a", "b", "c")
    let set = try LabelledFolder(path: folder.path, expecting: ["c", "a", "b"])
    #expect(set.classNames == ["c", "a", "b"])
    #expect(listing(set) == ["0 c/image.jpg", "1 a/image.jpg", "2 b/image.jpg"])
  }

  @Test func `missing, unknown and repeated labels are named`() throws {
    try addClasses("a", "b", "x")
    let name = folder.path.description
    #expect(throws: DatasetError.classesDiffer(folder: name, missing: ["c", "d"], unknown: ["x"])) {
      try LabelledFolder(path: folder.path, expecting: ["d", "a", "c", "b"].sorted())
    }
    #expect(throws: DatasetError.repeatedLabel(folder: name, label: "a")) {
      try LabelledFolder(path: folder.path, expecting: ["a", "a", "b"])
    }
    let error = DatasetError.classesDiffer(folder: "f", missing: ["c"], unknown: ["x", "y"])
    #expect(error.description == "f: its class folders are not the labels: missing 'c'; unknown 'x', 'y'")
  }

  @Test func `folders without what is needed are told apart`() throws {
    let name = folder.path.description
    #expect(throws: DatasetError.noClasses(folder: name, looseImages: 0)) {
      try LabelledFolder(path: folder.path)
    }
    let file = try folder.file("loose.jpg")
    #expect(throws: DatasetError.noClasses(folder: name, looseImages: 1)) {
      try LabelledFolder(path: folder.path)
    }
    #expect(throws: DatasetError.notAFolder(file.description)) { try LabelledFolder(path: file) }
    #expect(throws: DatasetError.notFound(folder: name + "/no")) {
      try LabelledFolder(path: folder.path.appending("no"))
    }
    try addClasses("a")
    try folder.folder("empty")
    try folder.file("empty/readme.txt")
    #expect(throws: DatasetError.classesWithoutImages(folder: name, classes: ["empty"])) {
      try LabelledFolder(path: folder.path)
    }
  }
}

private func + (a: FilePath, b: FilePath) -> FilePath { FilePath(bytes: a.bytes + b.bytes) }
