#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// How often a test repeats what it repeats.
public enum Rounds {
  /// Whether everything is slow, as under the thread sanitizer, whose runtime is in the process then.
  public static let isShort = dlsym(dlopen(nil, RTLD_NOW), "__tsan_init") != nil

  /// So often, or a tenth of it where everything is slow.
  public static func scaled(_ count: Int) -> Int { isShort ? max(1, count / 10) : count }
}
