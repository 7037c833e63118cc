/// How often a test repeats what it repeats.
public enum Rounds {
  /// So often, or a tenth of it under the thread sanitizer, which makes everything slow.
  public static func scaled(_ count: Int) -> Int {
    #if PLANWRIGHT_THREAD_SANITIZER
      max(1, count / 10)
    #else
      count
    #endif
  }
}
