@testable import ImageFiles

/// CSV files that name images and their classes.
struct ManifestTarget: FuzzTarget {
  static let name = "manifest"

  private let file = MemoryFile()

  func check(_ bytes: [UInt8]) {
    file.fill(bytes)
    do throws(DatasetError) {
      let manifest = try CSVManifest(at: FilePath(file.path))
      for labels in [nil, ["a", "b"]] as [[String]?] {
        guard let set = try? manifest.dataset(expecting: labels) else { continue }
        guard set.images.allSatisfy({ set.labels.indices.contains($0.label) }) else {
          broken("every image's class is one of the set's")
        }
      }
    } catch {
      let text = error.description
      guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
        broken("an error sends nothing to a terminal but letters")
      }
    }
  }

  func seeds(fixtures: String) -> [String: [UInt8]] {
    let texts = [
      "path,label\na.jpg,1\nb.jpg,10\n",
      "\u{FEFF}Label , FILE\r\n\"a, \"\"b\"\"\",\"x\ny\"\r\n\r\nb,/c.png\r\n",
      "image,width,label\na,1,b\n",
    ]
    return Dictionary(uniqueKeysWithValues: texts.enumerated().map { ("\($0)", Array($1.utf8)) })
  }
}
