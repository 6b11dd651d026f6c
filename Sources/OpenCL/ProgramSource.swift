/// OpenCL C of one program, and how it is compiled.
public struct ProgramSource: Sendable, Hashable {
  /// For messages.
  public let name: String
  let text: String
  /// As `clBuildProgram` takes them.
  let options: String

  /// - Parameters:
  ///   - name: For messages.
  ///   - files: In order, each with the name that the compiler shall give in messages.
  ///   - options: As for `clBuildProgram`.
  public init(_ name: String, files: [(name: String, text: String)], options: [String]) {
    self.init(
      name: name, text: files.map { "#line 1 \"\($0.name)\"\n\($0.text)\n" }.joined(),
      options: options.joined(separator: " "))
  }

  init(name: String, text: String, options: String) {
    self.name = name
    self.text = text
    self.options = options
  }

  /// Under which a device's cache keeps what its compiler makes of it.
  func key(on device: DeviceInfo) -> String { ProgramCache.key(device, options: options, source: text) }
}
