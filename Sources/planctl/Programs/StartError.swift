#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Why a program could not be started, in a sentence.
struct StartError: Error, Hashable, CustomStringConvertible {
  let description: String
  /// Whether another attempt may do better: the system was short of something.
  let isTemporary: Bool

  /// Something is wrong with what was to be started.
  init(_ description: String) {
    self.description = description
    isTemporary = false
  }

  /// A system call failed with this error number.
  init(_ doing: String, code: Int32) {
    description = "\(doing): \(Self.text(of: code))"
    isTemporary = [EAGAIN, ENOMEM, EMFILE, ENFILE, ETXTBSY].contains(code)
  }

  /// What the error number means for whoever starts a program; the system's words say too little
  /// about these.
  private static func text(of code: Int32) -> String {
    switch code {
    case ENOEXEC:
      "it is neither a program for this machine nor a script whose first line begins with #!"
    case E2BIG: "its arguments and its environment are larger than the system takes"
    default: String(cString: strerror(code))
    }
  }
}
