import Foundation
import ImageFiles
import Testing

@Suite struct RecordTests {
  private let tfds = Fixtures.records.appending("tfds")

  /// The files of fixtures/images whose bytes the images are, and their labels.
  private func listing(_ set: LabelledDataset) throws -> [String] {
    let names = ["jpeg_420.jpg", "png_rgb_8.png", "webp_lossless.webp", "bmp_24.bmp", "jpeg_grey.jpg"]
    let known = try names.map { (name: $0, image: try ImageDecoder.decode(Fixtures.image($0))) }
    return try set.images.map { image in
      let decoded = try ImageDecoder.decode(image.image)
      return "\(image.label) \(known.first { $0.image == decoded }?.name ?? "?")"
    }
  }

  @Test func `a folder as TensorFlow Datasets writes it stands for its train split`() throws {
    let set = try LabelledDataset(at: tfds)
    #expect(set.labels == ["tulips", "daisy", "roses"])
    #expect(
      try listing(set) == [
        "2 jpeg_420.jpg", "0 png_rgb_8.png", "2 webp_lossless.webp", "1 bmp_24.bmp", "0 jpeg_grey.jpg",
      ])
    let second = set.images[3].image
    #expect(second.description == "\(tfds)/flowers-train.tfrecord-00001-of-00002, record 1")
  }

  @Test(arguments: ["test", "flowers-test", "flowers-test.tfrecord-00000-of-00001"] as [FilePath])
  func `another split is named by its file's name, or a part of it`(_ name: FilePath) throws {
    let set = try LabelledDataset(at: tfds.appending(name), expecting: ["daisy", "roses", "tulips"])
    #expect(set.labels == ["daisy", "roses", "tulips"])
    #expect(try listing(set) == ["0 png_rgb_8.png"])
    #expect(throws: DatasetError.notFound(path: "\(tfds)/validation")) {
      try LabelledDataset(at: tfds.appending("validation"))
    }
  }

  @Test func `the names in ImageNet's records are the classes`() throws {
    let set = try LabelledDataset(at: Fixtures.records.appending("inception.tfrecord"))
    #expect(set.labels == ["goldfish", "tench"])
    #expect(try listing(set) == ["1 jpeg_420.jpg", "0 png_rgb_8.png", "1 webp_lossless.webp"])
  }

  @Test func `labels without names are indices`() throws {
    let path = Fixtures.records.appending("numbers.tfrecord")
    let set = try LabelledDataset(at: path)
    #expect(set.labels == ["0", "1", "2"])
    #expect(set.imagesPerClass == [1, 0, 2])
    #expect(try listing(set) == ["2 jpeg_420.jpg", "0 png_rgb_8.png", "2 webp_lossless.webp"])
    #expect(try LabelledDataset(at: path, expecting: ["c", "b", "a"]).labels == ["c", "b", "a"])
    let why = "its label is 2, of 2 classes"
    #expect(throws: DatasetError.badRecord(file: path.description, record: 1, why: why)) {
      try LabelledDataset(at: path, expecting: ["a", "b"])
    }
  }

  @Test func `names beside the file that are not the labels are refused`() {
    #expect(throws: DatasetError.classesDiffer(data: "\(tfds)", missing: ["lily"], unknown: ["roses"])) {
      try LabelledDataset(at: tfds, expecting: ["daisy", "lily", "tulips"])
    }
  }

  @Test func `shards and splits that are not there are named`() throws {
    let folder = try TemporaryFolder()
    let bytes = try recordBytes("numbers.tfrecord")
    try folder.file("a-all.tfrecord-00001-of-00003", bytes)
    let missing = ["a-all, shard 0 of 3", "a-all, shard 2 of 3"]
    #expect(throws: DatasetError.missingShards(folder: folder.path.description, names: missing)) {
      try LabelledDataset(at: folder.path)
    }
    for name in ["x.tfrecord", "y.tfrecord", "notes.tfrecord-1-of-2"] as [FilePath] {
      try folder.file(name, bytes)
    }
    #expect(
      throws: DatasetError.ambiguousSplit(folder: folder.path.description, splits: ["a-all", "x", "y"])
    ) { try LabelledDataset(at: folder.path) }
    #expect(try LabelledDataset(at: folder.path.appending("x")).images.count == 3)
  }

  @Test func `a file is known by its first checksum where its name does not tell`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("data", recordBytes("numbers.tfrecord"))
    #expect(try LabelledDataset(at: path).images.count == 3)
  }

  @Test func `an image whose file has shrunk is an error of its own`() throws {
    let folder = try TemporaryFolder()
    let bytes = try recordBytes("numbers.tfrecord")
    let path = try folder.file("a.tfrecord", bytes)
    let set = try LabelledDataset(at: path)
    try folder.cut("a.tfrecord", to: bytes.count - 20)
    #expect(throws: Never.self) { try ImageDecoder.decode(set.images[0].image) }
    let error = #expect(throws: ImageError.self) { try ImageDecoder.decode(set.images[2].image) }
    #expect(
      error?.description
        == "\(path), record 3: damaged TFRecord file: it is shorter than it was; fetch or save it again")
  }
}

/// The bytes of a file of fixtures/records.
func recordBytes(_ name: FilePath) throws -> [UInt8] {
  let path = Fixtures.records.appending(name)
  return try Array(Data(contentsOf: URL(filePath: path.description)))
}
