import Foundation
import HDF5
import Testing

/// Path of a file in fixtures/hdf5.
func fixture(_ name: String) -> String {
  let folders = #filePath.split(separator: "/").dropLast(3)
  return "/" + folders.joined(separator: "/") + "/fixtures/hdf5/" + name
}

/// Elements of a `float32` dataset.
func floats(_ dataset: borrowing Dataset) throws -> [Float] {
  let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: dataset.byteCount, alignment: 4)
  defer { bytes.deallocate() }
  try dataset.read(into: bytes)
  return Array(bytes.bindMemory(to: Float.self))
}

/// What refuses `body`; nil where nothing does.
func problem(_ body: () throws(HDF5Error) -> Void) -> HDF5Error.Problem? {
  do {
    try body()
    return nil
  } catch {
    return error.problem
  }
}

/// The numbers that the fixtures' datasets of shape [3, 4] hold.
let ramp: [Float] = (0..<12).map(Float.init)

extension File {
  /// Opens the image of a file, which stays in memory as long as the tests run.
  init(reading path: String) throws {
    let bytes = try Data(contentsOf: URL(filePath: path))
    let image = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
    bytes.copyBytes(to: image)
    try self.init(readingImage: UnsafeRawBufferPointer(image), name: path)
  }
}
