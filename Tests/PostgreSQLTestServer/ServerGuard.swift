import Foundation

/// Ends a server and its poolers, and removes its folder when the process that uses it has ended, however it ended.
///
/// A shell waits for the end of its input, a pipe whose other end only this process holds: the system
/// closes it when the process exits or is killed.
final class ServerGuard: Sendable {
  private static let script = """
    trap '' INT TERM HUP
    read -r line
    file="$1/data/postmaster.pid"
    if [ -e "$file" ]; then
      pid=$(head -n 1 "$file")
      kill -QUIT "$pid" 2>/dev/null
      rounds=0
      while [ -e "$file" ] && kill -0 "$pid" 2>/dev/null && [ $rounds -lt 100 ]; do
        sleep 0.1
        rounds=$((rounds + 1))
      done
    fi
    for file in "$1"/*.pid; do
      if [ -e "$file" ]; then kill -KILL "$(head -n 1 "$file")" 2>/dev/null; fi
    done
    rm -rf "$1"
    """

  private let process = Process()
  private let input = Pipe()

  /// Starts the guard of the server in this folder.
  init(folder: String) throws {
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", Self.script, "guard", folder]
    process.environment = ["PATH": "/usr/bin:/bin"]
    process.standardInput = input.fileHandleForReading
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    // No other child of this process may hold the pipe open.
    _ = fcntl(input.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
    try process.run()
    try input.fileHandleForReading.close()
  }

  /// Lets the guard do its work, and waits until it is done.
  func end() {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }
}
