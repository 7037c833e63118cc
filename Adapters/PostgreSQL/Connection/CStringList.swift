#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A list of C strings that ends in NULL, as C functions expect it.
final class CStringList {
  private let copies: [UnsafeMutablePointer<CChar>?]
  /// The strings and the NULL at the end; valid as long as this object.
  let pointers: [UnsafePointer<CChar>?]

  init(_ texts: [String]) {
    copies = texts.map { strdup($0) }
    pointers = copies.map { UnsafePointer($0) } + [nil]
  }

  deinit { for copy in copies { free(copy) } }
}
