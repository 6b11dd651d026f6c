/// Where mlpack keeps what can be made again: `$XDG_CACHE_HOME/mlpack`, or `~/.cache/mlpack`.
enum CacheFolder {
  /// The folder of that name in it; nil where the user has no home.
  static func path(_ name: String) -> String? {
    let root =
      Terminal.environment("XDG_CACHE_HOME") ?? Terminal.environment("HOME").map { $0 + "/.cache" }
    return root.map { "\($0)/mlpack/\(name)" }
  }
}
