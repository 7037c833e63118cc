// Stands for the module of swift-metrics in the guides: what their code uses of its interface, doing
// nothing.

/// A timer that records nothing.
public final class Timer: Sendable {
  /// Creates a timer.
  public init(label: String) {}

  /// Does nothing.
  public func record(duration: Duration) {}
}

/// A counter that counts nothing.
public final class Counter: Sendable {
  /// Creates a counter.
  public init(label: String) {}

  /// Does nothing.
  public func increment(by amount: some BinaryInteger) {}

  /// Does nothing.
  public func increment() {}
}
