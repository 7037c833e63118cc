public import PlanDomain
import PlanStorage

/// A source of ids; called from any thread, also from several at once.
public protocol IDSource: Sendable {
  /// Returns a unique id, greater than every id that this source has returned.
  func next(at time: Timestamp) -> ULID
}

/// Generates increasing ULIDs, also when the clock steps back.
///
/// Safe to use from any thread. The layout is that of the ULID specification: 48 bits of
/// milliseconds, then 80 bits that are random for the first id of a millisecond and count up for
/// the others.
public final class ULIDGenerator: IDSource {
  private struct State: Sendable {
    var last: ULID?
    var randomness: any RandomNumberGenerator & Sendable

    /// Returns a random id of this millisecond.
    mutating func fresh(_ milliseconds: UInt64) -> ULID {
      let high = UInt16(truncatingIfNeeded: randomness.next())
      return ULID(milliseconds: milliseconds, randomness: (high, randomness.next()))
    }
  }
  private let state: Locked<State>

  /// Creates a generator that uses this source of randomness.
  public init(randomness: any RandomNumberGenerator & Sendable) {
    state = Locked(State(last: nil, randomness: randomness))
  }

  /// Returns the next id; if the ids of a millisecond are used up, it uses the next millisecond.
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
