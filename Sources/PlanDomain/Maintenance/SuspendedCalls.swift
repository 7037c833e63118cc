/// What the calls of a store do while it is suspended.
public enum SuspendedCalls: Hashable, Sendable {
  /// They throw `StorageError` (`suspended`) at once.
  case fail
  /// They wait until the store is resumed or closed.
  case wait
}
