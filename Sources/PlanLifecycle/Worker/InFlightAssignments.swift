import PlanDomain
import PlanStorage

/// The assignments that a run of a worker has claimed and whose outcomes it has not yet reported.
///
/// By lease, because another attempt of a plan may begin before the handler of a lost lease returns.
/// Safe to use from any thread.
final class InFlightAssignments: Sendable {
  typealias Handler = Task<HandlerOutcome, any Error>

  /// Identifies one insertion of an assignment.
  ///
  /// After a claim was rolled back, another one can get the same lease before the first is removed.
  struct Insertion: Hashable, Sendable {
    fileprivate let number: Int
    let token: LeaseToken
  }

  private struct Entry: Sendable {
    let insertion: Int
    /// The time at which the attempt times out; nil without a time-out.
    let end: Timestamp?
    var handler: Handler?
    var isLost = false
    var isReporting = false
    /// The time at which a report that failed is repeated.
    var pauseEnd: Timestamp?
    /// The latest report of the handler.
    var report: String?
    /// Whether another assignment, claimed together with this one's outcome, has its slot.
    var hasGivenSlot = false

    /// The time at which the attempt times out, while its handler runs or is about to.
    var runningEnd: Timestamp? { isLost || isReporting ? nil : end }
  }

  private struct State: Sendable {
    var entries: [LeaseToken: Entry] = [:]
    var insertions = 0
    var insertionLimit = Int.max
    var isStopping = false

    mutating func insert(_ token: LeaseToken, end: Timestamp?) -> Insertion {
      insertions += 1
      entries[token] = Entry(insertion: insertions, end: end)
      return Insertion(number: insertions, token: token)
    }

    mutating func remove(_ insertion: Insertion) {
      guard entries[insertion.token]?.insertion == insertion.number else { return }
      entries[insertion.token] = nil
    }
  }
  private let state = Locked(State())

  /// The number of slots in use, those of handlers with lost leases included.
  var count: Int { state.withLock { $0.entries.values.count { !$0.hasGivenSlot } } }

  /// The leases that are not known to be lost.
  var tokens: [LeaseToken] {
    state.withLock { $0.entries.compactMap { $0.value.isLost ? nil : $0.key } }
  }

  /// The latest reports of the handlers.
  var reports: [LeaseToken: String] {
    state.withLock { $0.entries.compactMapValues(\.report) }
  }

  /// Records what a handler has reported.
  func note(_ report: String, of token: LeaseToken) {
    state.withLock { $0.entries[token]?.report = report }
  }

  /// Whether no handler runs and no outcome is being reported at this time; pauses between reports
  /// do not count.
  func isIdle(at now: Timestamp) -> Bool {
    state.withLock { $0.entries.values.allSatisfy { $0.pauseEnd.map { $0 > now } ?? false } }
  }

  /// The earliest time at which a report that failed is repeated; nil without one.
  var nextPauseEnd: Timestamp? {
    state.withLock { $0.entries.values.compactMap(\.pauseEnd).min() }
  }

  /// Records that the report of an outcome failed and is repeated at this time.
  func pause(_ token: LeaseToken, until end: Timestamp?) {
    state.withLock { $0.entries[token]?.pauseEnd = end }
  }

  /// Whether the handlers were cancelled because the run ends.
  var isStopping: Bool { state.withLock { $0.isStopping } }

  /// Allows this number of further insertions, until `isExhausted`; nil allows any number.
  func limitInsertions(to count: Int?) {
    state.withLock { state in
      state.insertionLimit = count.map { state.insertions + $0 } ?? .max
    }
  }

  /// Whether as many assignments were inserted as allowed, so that no more may be claimed.
  var isExhausted: Bool { state.withLock { $0.insertions >= $0.insertionLimit } }

  /// Adds an assignment whose attempt times out at `end`.
  @discardableResult
  func insert(_ token: LeaseToken, end: Timestamp?) -> Insertion {
    state.withLock { $0.insert(token, end: end) }
  }

  /// Adds an assignment that takes the slot of another one, whose outcome is being committed.
  func insert(_ token: LeaseToken, end: Timestamp?, inSlotOf old: LeaseToken) -> Insertion {
    state.withLock { state in
      state.entries[old]?.hasGivenSlot = true
      return state.insert(token, end: end)
    }
  }

  /// Reverses an insertion after the unit of work was rolled back.
  func undo(_ insertion: Insertion) { state.withLock { $0.remove(insertion) } }

  /// Reverses `insert(_:end:inSlotOf:)` after the unit of work was rolled back.
  func undo(_ insertion: Insertion, inSlotOf old: LeaseToken) {
    state.withLock { state in
      state.remove(insertion)
      state.entries[old]?.hasGivenSlot = false
    }
  }

  /// Sets the task of an assignment; cancels it at once if the run ends or the lease is lost.
  func start(_ handler: Handler, for token: LeaseToken) {
    let isCancelled = state.withLock { state in
      state.entries[token]?.handler = handler
      return state.isStopping || state.entries[token]?.isLost ?? true
    }
    if isCancelled { handler.cancel() }
  }

  /// Whether the assignment was neither abandoned nor released.
  func contains(_ token: LeaseToken) -> Bool {
    state.withLock { $0.entries[token] != nil }
  }

  /// Whether the lease is lost, as far as this run knows.
  func isLost(_ token: LeaseToken) -> Bool {
    state.withLock { $0.entries[token]?.isLost ?? true }
  }

  /// Records that the handler has ended and its outcome is being reported.
  func beginReporting(_ token: LeaseToken) {
    state.withLock { $0.entries[token]?.isReporting = true }
  }

  /// Whether the handler is running, so that a refused renewal means that its lease is lost.
  func isRunning(_ token: LeaseToken) -> Bool {
    state.withLock { state in
      state.entries[token].map { $0.handler != nil && !$0.isReporting } ?? false
    }
  }

  /// The attempts that have reached their time-outs, except those whose outcome is being reported.
  func timedOut(at now: Timestamp) -> [(token: LeaseToken, end: Timestamp)] {
    state.withLock { state in
      state.entries.compactMap { token, entry in
        entry.runningEnd.flatMap { $0 <= now ? (token, $0) : nil }
      }
    }
  }

  /// The earliest time-out of an attempt whose outcome is not being reported; nil without one.
  var nextEnd: Timestamp? { state.withLock { $0.entries.values.compactMap(\.runningEnd).min() } }

  /// Marks leases that are older than one of these leases of the same plan as lost.
  ///
  /// Returns those that were not known to be lost and whose outcomes are not being reported.
  func fence(_ tokens: [LeaseToken]) -> [(token: LeaseToken, handler: Handler?)] {
    if tokens.isEmpty { return [] }
    let epochs = Dictionary(tokens.map { ($0.plan, $0.epoch) }, uniquingKeysWith: max)
    return state.withLock { state in
      let lost = state.entries.filter { token, entry in
        !entry.isLost && epochs[token.plan].map { token.epoch < $0 } ?? false
      }
      for token in lost.keys { state.entries[token]?.isLost = true }
      return lost.compactMap { token, entry in entry.isReporting ? nil : (token, entry.handler) }
    }
  }

  /// Removes an assignment; returns whether it was present.
  func remove(_ token: LeaseToken) -> Bool {
    state.withLock { $0.entries.removeValue(forKey: token) != nil }
  }

  /// Removes and returns the lost leases whose handlers have not returned.
  func removeLost() -> [LeaseToken] {
    state.withLock { state in
      let lost = state.entries.filter { $0.value.isLost && !$0.value.isReporting }
      for token in lost.keys { state.entries[token] = nil }
      return Array(lost.keys)
    }
  }

  /// Cancels all handlers, including those that start later.
  func cancelAll() {
    let handlers = state.withLock { state in
      state.isStopping = true
      return state.entries.values.compactMap(\.handler)
    }
    for handler in handlers { handler.cancel() }
  }
}
