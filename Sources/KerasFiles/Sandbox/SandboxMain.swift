internal import CSandbox
internal import HDF5
internal import ModelGraph
internal import SystemFiles

/// What this program does where it was started as its own sandbox: here, and nowhere else, libhdf5 sees a file that
/// somebody gave us. By now the process can do nothing but compute and answer.
@_cdecl("sandbox_main")
func sandboxMain(
  _ request: UnsafeRawPointer, _ requestCount: Int, _ file: UnsafeRawPointer, _ fileCount: Int
) -> Int32 {
  do {
    let request = UnsafeRawBufferPointer(start: request, count: requestCount)
    let image = FileImage(mapped: UnsafeRawBufferPointer(start: file, count: fileCount))
    let answer = try SandboxWork(image).answer(to: request)
    var encoder = ByteEncoder { try ChildProcess.answer($0) }
    try answer.encode(&encoder, file: image)
    return 0
  } catch {
    return 1
  }
}

/// The work in the sandbox.
struct SandboxWork {
  private let image: FileImage
  /// Stands for the file in errors; the other side knows its name.
  private let name = ""

  init(_ image: FileImage) { self.image = image }

  func answer(to bytes: UnsafeRawBufferPointer) throws -> SandboxAnswer {
    var decoder = ByteDecoder(from: bytes)
    let request = try SandboxRequest(decoding: &decoder)
    do {
      switch request {
      case .network: return try network().map { .network($0) } ?? .noNetwork
      case .copy(let replaced): return .image(try copy(replacing: replaced))
      }
    } catch let error as HDF5Error {
      return .refused(object: error.location.path, why: error.problem.description)
    } catch KerasFileError.Problem.unreadable(let object, let why) {
      return .refused(object: object, why: why)
    } catch KerasFileError.Problem.noNetwork {
      return .noNetwork
    }
  }

  /// What network is in the file, as one of the layouts that Keras has; nil where none is.
  private func network() throws -> StoredNetwork? {
    let file = try File(readingImage: image.bytes, name: name)
    let root = try file.root()
    if let legacy = try LegacyReading.network(root, in: image) { return legacy }
    var budget = ReadingBudget()
    guard let found = try ObjectReading.content(root, in: image, &budget) else { return nil }
    return StoredNetwork(
      container: .weights, kerasVersion: nil, configuration: nil, hasOptimizerState: found.hasOptimizerState,
      weights: .objects(found.root))
  }

  private func copy(replacing replaced: [SandboxRequest.Replaced]) throws -> [UInt8] {
    let file = try File(updatingImage: image.bytes, name: name)
    try replace(replaced, in: try file.root())
    return try file.finishedImage()
  }

  /// Apart from the other so that the group is closed before the file.
  private func replace(_ replaced: [SandboxRequest.Replaced], in root: consuming Group) throws {
    for weight in replaced {
      let dataset = try root.dataset(at: String(weight.path.dropFirst()))
      guard dataset.shape == weight.tensor.shape, dataset.datatype == weight.tensor.dtype.datatype else {
        throw KerasFileError.Problem.unreadable(object: weight.path, why: "has another shape or type by now")
      }
      try weight.tensor.bytes.withUnsafeBytes { (bytes) throws(HDF5Error) in try dataset.write(bytes) }
    }
  }
}
