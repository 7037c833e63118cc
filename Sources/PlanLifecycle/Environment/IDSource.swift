public import PlanDomain
import PlanStorage

/// Where the lifecycle gets ids from.
public protocol IDSource: Sendable {
  /// An id that nothing else has, above all ids that this source gave before.
  func next(at time: Timestamp) -> ULID
}

/// Makes ids that grow, also when the clock steps back or many are made in one millisecond.
///
/// Safe to use from any thread. The layout is that of the ULID specification: 48 bits of
/// milliseconds, then 80 bits that are random at first and count up within a millisecond.
public final class ULIDGenerator: IDSource {
  private struct State: Sendable {
    var last: ULID?
    var randomness: any RandomNumberGenerator & Sendable

    /// A random id of this millisecond.
    mutating func fresh(_ milliseconds: UInt64) -> ULID {
      let high = UInt16(truncatingIfNeeded: randomness.next())
      return ULID(milliseconds: milliseconds, randomness: (high, randomness.next()))
    }
  }
  private let state: Locked<State>

  /// A generator that draws from this source of randomness.
  public init(randomness: any RandomNumberGenerator & Sendable) {
    state = Locked(State(last: nil, randomness: randomness))
  }

  /// The next id; when 2⁸⁰ have been made in one millisecond, it borrows from the next one.
  public func next(at time: Timestamp) -> ULID {
    let milliseconds = UInt64(max(0, time.microseconds / 1000))
    return state.withLock { state in
      var id: ULID
      if let last = state.last, last.milliseconds >= milliseconds {
        id = last.successor() ?? state.fresh(last.milliseconds + 1)
      } else {
        id = state.fresh(milliseconds)
      }
      state.last = id
      return id
    }
  }
}
