import Glibc

/// A path for a file of this test process alone; nothing is there yet.
func temporaryPath(_ name: String) throws -> String {
  let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
  return "\(folder)/mlpack-\(getpid())-\(UInt64.random(in: 0 ... .max))-\(name)"
}

func remove(_ path: String) { unlink(path) }
