import ModelGraph

extension NetworkComparison {
  var json: JSON {
    .object([
      ("equal", .bool(isEqual)), ("identical", .bool(isIdentical)),
      ("tensors", .array(tensors.map(\.json))),
      ("onlyInA", .strings(onlyInA.map(\.description))), ("onlyInB", .strings(onlyInB.map(\.description))),
      (
        "structure",
        .array(
          structure.map { difference in
            .object([
              ("layer", .string(difference.layer)), ("inA", .optional(difference.inA)),
              ("inB", .optional(difference.inB)),
            ])
          })
      ),
      (
        "renamed",
        .array(renamed.map { .object([("inA", .string($0.inA)), ("inB", .string($0.inB))]) })
      ),
    ])
  }
}

extension TensorComparison {
  /// The keys that are always there, then those that say more of some statuses.
  fileprivate var json: JSON {
    var members: [(String, JSON)] = [
      ("name", .string(id.description)), ("shape", .integers(shape)), ("status", .string(status.name)),
      ("maxAbs", .optional(distance?.maxAbs)), ("maxUlp", distance?.maxUlp.map(JSON.integer) ?? .null),
      ("relative", .optional(distance?.relative)),
      ("differing", distance.map { .integer($0.differing) } ?? .null), ("folded", .bool(isFolded)),
    ]
    if case .explained(let why) = status { members.append(("why", .string(why.description))) }
    if case .shape(let inB) = status { members.append(("shapeInB", .integers(inB))) }
    if idInB != id { members.append(("nameInB", .string(idInB.description))) }
    return .object(members)
  }
}
