/// How often a test repeats what it repeats.
public enum Rounds {
  /// Whether everything is slow, as under the thread sanitizer.
  public static var isShort: Bool {
    #if PLANWRIGHT_THREAD_SANITIZER
      true
    #else
      false
    #endif
  }

  /// So often, or a tenth of it where everything is slow.
  public static func scaled(_ count: Int) -> Int { isShort ? max(1, count / 10) : count }
}
