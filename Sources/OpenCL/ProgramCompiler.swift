internal import CChild
internal import CCompiler
package import SystemFiles

/// Compiles programs in a process of its own: what a driver's compiler has taken of memory it keeps, most of it for as long as
/// the process lives.
///
/// The child is this very program, started again; it leaves what it compiles in the device's cache.
package enum ProgramCompiler {
  /// Has the programs compiled that the device's cache does not have. Whatever goes wrong, it only takes longer: what is not in
  /// the cache then is compiled by whoever needs it, who learns why it cannot be.
  package static func compile(_ sources: some Sequence<ProgramSource>, for device: Device) {
    guard let programs = device.programs, child_is_in_executable() else { return }
    let missing = sources.filter { programs.binary(for: $0.key(on: device.info)) == nil }
    guard !missing.isEmpty else { return }
    let request = CompilerRequest(folder: programs.folder, device: device.info.index, sources: missing)
    device.compiling { compile(request) }
  }

  private static func compile(_ request: CompilerRequest) {
    let name = String(cString: compiler_program_name)
    guard
      let shared = try? request.shared(),
      let child = try? ChildProcess(named: name, reading: shared, isAlone: false, for: name)
    else { return }
    _ = child.waitForEnd()
  }
}

/// What the child is asked.
package struct CompilerRequest: Equatable {
  /// Of the cache.
  let folder: String
  /// Position among all devices.
  let device: Int
  let sources: [ProgramSource]

  package init(folder: String, device: Int, sources: [ProgramSource]) {
    self.folder = folder
    self.device = device
    self.sources = sources
  }
}

extension CompilerRequest {
  /// What separates strings; none of them has one.
  private static let separator = UInt8(0)

  /// - Throws: `FileError` where there is no memory.
  package func shared() throws -> SharedBytes {
    let fields = [folder, "\(device)"] + sources.flatMap { [$0.name, $0.options, $0.text] }
    let bytes = fields.map { Array($0.utf8) }.joined(separator: [CompilerRequest.separator])
    let request = Array(bytes)
    return try SharedBytes(count: request.count) { $0.copyBytes(from: request) }
  }

  /// - Returns: nil where the bytes are no request.
  package init?(_ bytes: UnsafeRawBufferPointer) {
    let fields = bytes.split(separator: CompilerRequest.separator, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    guard fields.count % 3 == 2, let device = Int(fields[1]) else { return nil }
    self.init(
      folder: fields[0], device: device,
      sources: stride(from: 2, to: fields.count, by: 3).map {
        ProgramSource(name: fields[$0], text: fields[$0 + 2], options: fields[$0 + 1])
      })
  }
}

/// What this program does where it was started as its own compiler.
@_cdecl("compiler_main")
func compilerMain() -> Int32 {
  do {
    let file = try SharedBytes(path: "/proc/self/fd/\(compiler_request)")
    guard let request = file.withUnsafeBytes({ CompilerRequest($0) }) else { return 1 }
    let device = try Devices.open("\(request.device)", programs: ProgramCache(folder: request.folder))
    // Kept when the program ends. What does not compile is whoever's who runs it.
    for source in request.sources { _ = try? Program(device, source) }
    return 0
  } catch {
    return 1
  }
}
