import Foundation

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The number of rounds of tests that repeat something.
public enum Rounds {
  /// Whether everything is slow, as under the thread sanitizer, whose runtime is in the process then.
  public static let isShort = dlsym(dlopen(nil, RTLD_NOW), "__tsan_init") != nil

  /// Whether PLANWRIGHT_LONG_TESTS asks for the long form of tests that have one.
  public static let isLong = ProcessInfo.processInfo.environment["PLANWRIGHT_LONG_TESTS"] != nil

  /// `count` rounds, or a tenth of them where everything is slow.
  ///
  /// `long` is the number of rounds in the long form, which `.ci/run` asks for.
  public static func scaled(_ count: Int, long: Int? = nil) -> Int {
    let wanted = isLong ? long ?? count : count
    return isShort ? max(1, wanted / 10) : wanted
  }
}
