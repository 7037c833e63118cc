package import PlanStorage

/// What a case or a test waited for did not happen in time.
package struct TimeoutError: Error, CustomStringConvertible {
  /// How long they wait: far longer than anything they wait for takes on a busy machine.
  package static let limit = Duration.seconds(600)

  /// What was waited for, and for how long.
  package let description: String

  /// An error for a wait that reached the limit; `what` as in "a thread to end".
  package init(waitingFor what: String) {
    description = "waited \(Self.limit) for \(what), which did not happen"
  }
}

extension Latch {
  /// Waits for the outcome; throws `TimeoutError` when there is none within its limit.
  package func wait(for what: String) throws(TimeoutError) -> Value {
    guard let value = wait(atMost: TimeoutError.limit) else {
      throw TimeoutError(waitingFor: what)
    }
    return value
  }
}
