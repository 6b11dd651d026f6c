internal import HDF5
internal import ModelGraph

/// Reads the layout of `.weights.h5` into objects: that of Keras 3, which Keras 2.15 has too, and that of
/// Keras 2.12 to 2.14.
///
/// An object's variables are in `vars`, numbered; the layers of a model in `layers`, in Keras 2.12 to 2.14 in
/// `_layer_checkpoint_dependencies`. A model of a class of the user's own has its layers beside `vars`, under the
/// names of its attributes.
struct ObjectReading {
  private static let containers = ["layers", "_layer_checkpoint_dependencies"]
  /// Members of the root that are no layers.
  private static let states = ["optimizer", "metrics", "compile_metrics", "loss_tracker"]
  /// A model in a model in a model, each with its container.
  private static let maximumDepth = 12

  private let file: FileImage
  private var budget: ReadingBudget

  /// What a file of this layout holds.
  struct Content {
    let root: StoredObject
    let hasOptimizerState: Bool
  }

  /// - Returns: nil where the file has another layout.
  static func content(
    _ root: borrowing Group, in file: FileImage, _ budget: inout ReadingBudget
  ) throws -> Content? {
    let members = try root.memberNames()
    var reading = ObjectReading(file: file, budget: budget)
    guard try reading.isObject(root, members) else { return nil }
    let object = try reading.object("", root, members.filter { !states.contains($0) }, depth: 0)
    budget = reading.budget
    return Content(root: object, hasOptimizerState: members.contains("optimizer"))
  }

  /// Whether the root, or one of its members, is made of variables and layers.
  private func isObject(_ root: borrowing Group, _ members: [String]) throws -> Bool {
    if members.contains(where: ObjectReading.containers.contains) { return true }
    for member in members where member != "vars" {
      let isPart =
        try root.isGroup(member)
        && root.group(at: member).memberNames().contains {
          $0 == "vars" || ObjectReading.containers.contains($0)
        }
      if isPart { return true }
    }
    return false
  }

  private mutating func object(
    _ key: String, _ group: borrowing Group, _ members: [String], depth: Int
  ) throws -> StoredObject {
    guard depth < ObjectReading.maximumDepth else {
      throw KerasFileError.Problem.unreadable(object: group.location.path, why: "is nested too deeply")
    }
    try budget.take(layers: 1, at: group.location.path)
    var object = StoredObject(key: key)
    for member in members {
      let child = try group.group(at: member)
      if member == "vars" {
        object.name = try child.text("name")
        try readVariables(child, into: &object)
      } else if ObjectReading.containers.contains(member) {
        for name in try child.memberNames() {
          let layer = try child.group(at: name)
          object.children.append(try self.object(name, layer, layer.memberNames(), depth: depth + 1))
        }
      } else {
        object.children.append(try self.object(member, child, child.memberNames(), depth: depth + 1))
      }
    }
    return object
  }

  private mutating func readVariables(_ group: borrowing Group, into object: inout StoredObject) throws {
    let names = try group.memberNames()
    try budget.take(weights: names.count, at: group.location.path)
    for name in names {
      guard let number = Int(name), number >= 0, String(number) == name else {
        throw KerasFileError.Problem.unreadable(
          object: group.location.path, why: "has '\(name)' where variables are numbered")
      }
      let dataset = try group.dataset(at: name)
      switch try budget.tensor(of: dataset, in: file) {
      case .number(let tensor):
        let place = StoredWeight.Place(path: dataset.location.path)
        object.variables[number] = StoredWeight(name: name, place: place, tensor: tensor)
      case .other(let type): object.otherTypes[number] = type
      }
    }
  }
}

extension StoredObject {
  /// Puts the parts of one object together, which Keras may have divided among files.
  ///
  /// - Throws: `duplicateWeight` where a variable is in both.
  mutating func merge(_ other: StoredObject) throws(KerasFileError.Problem) {
    name = name ?? other.name
    for (number, variable) in other.variables {
      guard variables.updateValue(variable, forKey: number) == nil else {
        throw .duplicateWeight(variable.place.path)
      }
    }
    otherTypes.merge(other.otherTypes) { $1 }
    for child in other.children {
      if let index = children.firstIndex(where: { $0.key == child.key }) {
        try children[index].merge(child)
      } else {
        children.append(child)
      }
    }
  }
}
