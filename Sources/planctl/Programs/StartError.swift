#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Why a program could not be started, in one sentence.
struct StartError: Error, Hashable, CustomStringConvertible {
  let description: String
  /// Whether another attempt may succeed, because a system resource was exhausted or busy.
  let isTemporary: Bool

  /// A permanent error.
  init(_ description: String) {
    self.description = description
    isTemporary = false
  }

  /// A system call failed with this error number during `operation`.
  init(_ operation: String, code: Int32) {
    description = "\(operation): \(Self.text(of: code))"
    isTemporary = [EAGAIN, ENOMEM, EMFILE, ENFILE, ETXTBSY].contains(code)
  }

  /// The meaning of an error number; the texts of `strerror` for these do not name the cause.
  private static func text(of code: Int32) -> String {
    switch code {
    case ENOEXEC:
      "the file is neither a program for this machine nor a script whose first line begins with #!"
    case E2BIG: "the arguments and the environment are larger than the system allows"
    default: String(cString: strerror(code))
    }
  }
}
