import ImageFiles
import Testing

@Suite struct ClassFolderTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The listed files' paths below the folder, and their labels.
  private func listing(_ set: LabelledDataset) -> [String] {
    set.images.map { image in
      "\(image.label) "
        + String(decoding: image.image.file.bytes.dropFirst(folder.path.bytes.count + 1), as: UTF8.self)
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
    for name in ["b.PNG", "c.WebP", "a.jpeg", "A.gif", "ä.bmp", "notes.txt", "jpg", ".hidden.jpg"]
      as [FilePath]
    {
      try folder.file("daisy/" + name)
    }
    try folder.folder(".cache")
    try folder.file("loose.jpg")
    let set = try LabelledDataset(at: folder.path)
    #expect(set.labels == ["Roses", "daisy", "tulips"])
    #expect(set.imagesPerClass == [1, 6, 1])
    #expect(
      listing(set) == [
        "0 Roses/image.jpg", "1 daisy/A.gif", "1 daisy/a.jpeg", "1 daisy/b.PNG", "1 daisy/c.WebP",
        "1 daisy/image.jpg",
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
      listing(try LabelledDataset(at: folder.path)) == [
        "0 a/image.jpg", "0 a/z.jpg", "0 a/b/y.jpg", "0 a/b/c/x.jpg",
      ])
  }

  @Test func `links are followed, loops and second ways are not`() throws {
    try addClasses("a", "b")
    try folder.link("a/again", to: ".")
    try folder.link("a/up", to: "..")
    try folder.link("a/link.jpg", to: "../b/image.jpg")
    try folder.link("c", to: "b")
    let set = try LabelledDataset(at: folder.path)
    #expect(set.labels == ["a", "b", "c"])
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
    let set = try LabelledDataset(at: folder.path)
    #expect(set.labels == ["caf\u{FFFD}"])
    #expect(set.images == [LabelledImage(image: ImageReference(path), label: 0)])
    #expect(try ImageDecoder.decode(set.images[0].image).width == 27)
  }

  @Test func `a line break in a name does not break a message`() {
    #expect(FilePath("a\nb\u{1B}[1m").description == "a\\nb\\u{1B}[1m")
  }

  @Test func `expected labels give the order`() throws {
    try addClasses("a", "b", "c")
    let set = try LabelledDataset(at: folder.path, expecting: ["c", "a", "b"])
    #expect(set.labels == ["c", "a", "b"])
    #expect(listing(set) == ["0 c/image.jpg", "1 a/image.jpg", "2 b/image.jpg"])
  }

  @Test func `missing, unknown and repeated labels are named`() throws {
    try addClasses("a", "b", "x")
    let name = folder.path.description
    #expect(throws: DatasetError.classesDiffer(data: name, missing: ["c", "d"], unknown: ["x"])) {
      try LabelledDataset(at: folder.path, expecting: ["d", "a", "c", "b"].sorted())
    }
    #expect(throws: DatasetError.repeatedLabel(data: name, label: "a")) {
      try LabelledDataset(at: folder.path, expecting: ["a", "a", "b"])
    }
    let error = DatasetError.classesDiffer(data: "f", missing: ["c"], unknown: ["x", "y"])
    #expect(
      error.description
        == "f: its classes are not the labels: missing 'c'; unknown 'x', 'y'; name them alike, or import with these as --labels"
    )
  }

  @Test func `folders without what is needed are told apart`() throws {
    let name = folder.path.description
    #expect(throws: DatasetError.noClasses(folder: name, looseImages: 0)) {
      try LabelledDataset(at: folder.path)
    }
    try folder.file("loose.jpg")
    #expect(throws: DatasetError.noClasses(folder: name, looseImages: 1)) {
      try LabelledDataset(at: folder.path)
    }
    #expect(throws: DatasetError.notFound(path: name + "/no")) {
      try LabelledDataset(at: folder.path.appending("no"))
    }
    try addClasses("a")
    try folder.folder("empty")
    try folder.file("empty/readme.txt")
    #expect(throws: DatasetError.classesWithoutImages(folder: name, classes: ["empty"])) {
      try LabelledDataset(at: folder.path)
    }
  }
}

private func + (a: FilePath, b: FilePath) -> FilePath { FilePath(bytes: a.bytes + b.bytes) }
