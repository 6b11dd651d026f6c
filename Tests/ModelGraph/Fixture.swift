import Glibc

struct FixtureMissing: Error { let path: String }

/// The text of a file in fixtures/.
func fixtureText(_ name: String, from file: String = #filePath) throws -> String {
  let root = file.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
  let path = root + "/fixtures/" + name
  guard let stream = fopen(path, "rb") else { throw FixtureMissing(path: path) }
  defer { fclose(stream) }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 4096)
  while case let count = fread(&chunk, 1, chunk.count, stream), count > 0 { bytes += chunk.prefix(count) }
  return String(decoding: bytes, as: UTF8.self)
}
