import ModelGraph

/// What a command itself finds wrong, between what was asked for and what the files hold.
struct CommandError: Error, CustomStringConvertible {
  enum Kind {
    /// The options contradict each other or the file they are for.
    case usage
    /// A file does not hold what it should.
    case data
  }

  let kind: Kind
  let description: String

  static func usage(_ description: String) -> CommandError {
    CommandError(kind: .usage, description: description)
  }
  static func data(_ description: String) -> CommandError {
    CommandError(kind: .data, description: description)
  }

  static func noClassifier(_ path: String, advice: String? = nil) -> CommandError {
    let advice = advice ?? "'mlpack finetune' adds one and trains it"
    return .data("'\(path)' is a feature extractor, without a classifier; \(advice)")
  }
}

/// Runs `body`, and says in which file a network's fault is.
func blaming<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch let error as GraphError {
    throw CommandError.data("'\(path)': \(error)")
  }
}
