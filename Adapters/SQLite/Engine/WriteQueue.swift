import PlanStorage
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Serializes the use of the writer's connection and commits units of work in groups.
///
/// One thread leads at a time: it runs its own unit of work and the queued ones in one transaction,
/// reports the outcomes after the commit, and hands over to the first one in the queue. Submitted
/// units of work, which have no waiting thread, are run by the queue's own thread. Safe to use from
/// any thread.
final class WriteQueue: Sendable {
  /// The reason for which a waiting thread is woken.
  private enum Call: Sendable {
    case done
    case lead
  }

  private struct Entry: Sendable {
    let unit: PendingUnitOfWork
    /// The latch of the waiting thread; nil when no thread waits.
    let latch: Latch<Call>?
  }

  /// The state of the queue's own thread.
  private enum DedicatedThread: Sendable {
    case notStarted
    case waiting(Latch<Call>)
    case busy
    /// Busy, with a further call that arrived meanwhile.
    case busyAndCalled(Call)
  }

  private struct State: Sendable {
    var waiting: [Entry] = []
    var isLed = false
    var isClosed = false
    var isSuspended = false
    var dedicatedThread = DedicatedThread.notStarted

    /// Throws `closed` or, unless the caller closes the queue, `suspended`.
    func checkOpen(_ closesQueue: Bool = false) throws(StorageError) {
      if isClosed { throw StorageError(.closed, operation: "queueing", subject: "a unit of work") }
      if isSuspended, !closesQueue {
        throw StorageError(.suspended, operation: "queueing", subject: "a unit of work")
      }
    }
  }

  /// The maximum number of units of work in one commit.
  static let largestBatch = 256

  private let state = Locked(State())
  private let wasCalled = Atomic(false)
  private let writer: BatchWriter
  /// The number of entries in the queue, readable without the lock.
  private let waitingCount = Atomic(0)
  /// How long the queue's own thread spins for its next call before it sleeps, in nanoseconds.
  let callWait: Int64

  /// Creates a queue for this writer.
  ///
  /// Without `spins`, the queue's own thread sleeps whenever the queue is empty.
  init(_ writer: BatchWriter, spins: Bool) {
    self.writer = writer
    callWait = spins ? 60_000 : 0
  }

  /// Queues a unit of work and waits for its outcome; it runs on this thread or another leader's.
  ///
  /// With `closesQueue`, it is the last one, and runs also while the queue is suspended. Throws
  /// `closed` and `suspended`.
  func run(_ unit: PendingUnitOfWork, closesQueue: Bool = false) throws(StorageError) {
    if try startLeading(closesQueue) {
      lead([Entry(unit: unit, latch: nil)])
      return
    }
    let latch = Latch<Call>()
    let entry = Entry(unit: unit, latch: latch)
    if try enqueue(entry, closesQueue) {
      lead([entry])
    } else if case .lead = latch.wait() {
      lead(takeBatch())
    }
  }

  /// Queues a unit of work and returns immediately; throws `closed` and `suspended`.
  func submit(_ unit: PendingUnitOfWork) throws(StorageError) {
    let mustLead = try state.withLock { (state) throws(StorageError) in
      try state.checkOpen()
      state.waiting.append(Entry(unit: unit, latch: nil))
      noteCount(of: state)
      defer { state.isLed = true }
      return !state.isLed
    }
    if mustLead { callOwnThread() }
  }

  /// Rejects new units of work with `suspended` until `resume`; those in the queue still run.
  func suspend() { state.withLock { $0.isSuspended = true } }

  /// Accepts units of work again.
  func resume() { state.withLock { $0.isSuspended = false } }

  /// Whether no unit of work runs or waits.
  var isIdle: Bool { state.withLock { !$0.isLed && $0.waiting.isEmpty } }

  /// The number of units of work in the queue.
  var count: Int { state.withLock { $0.waiting.count } }

  /// Removes a unit of work from the queue; returns false when it has already begun.
  func withdraw(_ unit: PendingUnitOfWork) -> Bool {
    state.withLock { state in
      guard let index = state.waiting.firstIndex(where: { $0.unit === unit }) else { return false }
      state.waiting.remove(at: index)
      noteCount(of: state)
      return true
    }
  }

  private func noteCount(of state: State) {
    waitingCount.store(state.waiting.count, ordering: .relaxed)
  }

  /// Makes the caller the leader if there is none; returns whether it is.
  private func startLeading(_ closesQueue: Bool) throws(StorageError) -> Bool {
    try state.withLock { (state) throws(StorageError) in
      try state.checkOpen(closesQueue)
      if closesQueue { state.isClosed = true }
      if state.isLed { return false }
      state.isLed = true
      return true
    }
  }

  /// Queues an entry, or makes the caller the leader if there is none; returns whether it is.
  private func enqueue(_ entry: Entry, _ closesQueue: Bool) throws(StorageError) -> Bool {
    try state.withLock { (state) throws(StorageError) in
      // The caller with `closesQueue` has already closed the queue.
      if !closesQueue { try state.checkOpen() }
      if !state.isLed {
        state.isLed = true
        return true
      }
      state.waiting.append(entry)
      noteCount(of: state)
      return false
    }
  }

  /// Removes and returns the next batch: entries that share a transaction, or one that runs alone.
  private func takeBatch() -> [Entry] {
    state.withLock { state in
      state.waiting.first?.unit.kind.isAlone == true
        ? take(1, of: &state) : takeShareable(Self.largestBatch, of: &state)
    }
  }

  /// Removes and returns the first entries that can share a transaction, at most `most`.
  private func takeShareable(_ most: Int, of state: inout State) -> [Entry] {
    let first = state.waiting.prefix(most)
    return take(first.firstIndex { $0.unit.kind.isAlone } ?? first.count, of: &state)
  }

  private func take(_ count: Int, of state: inout State) -> [Entry] {
    let batch = Array(state.waiting.prefix(count))
    state.waiting.removeFirst(batch.count)
    noteCount(of: state)
    return batch
  }

  /// Runs one batch and entries that arrive in time, reports the outcomes, checkpoints, and hands
  /// over.
  private func lead(_ first: [Entry]) {
    var batch = first
    let count = writer.run(batch.lazy.map(\.unit)) {
      guard waitingCount.load(ordering: .relaxed) > 0 else { return [] }
      let late = state.withLock { takeShareable(Self.largestBatch - batch.count, of: &$0) }
      batch += late
      return late.map(\.unit)
    }
    if count < batch.count {
      state.withLock { state in
        state.waiting.insert(contentsOf: batch[count...], at: 0)
        noteCount(of: state)
      }
    }
    for entry in batch[..<count] {
      entry.unit.finish()
      entry.latch?.open(with: .done)
    }
    writer.checkpointIfDue()
    handOver()
  }

  private func handOver() {
    let next: Latch<Call>?? = state.withLock { state in
      guard let first = state.waiting.first else {
        state.isLed = false
        return nil
      }
      return .some(first.latch)
    }
    guard let next else { return }
    if let latch = next { latch.open(with: .lead) } else { callOwnThread() }
  }
}

/// The queue's own thread, which runs submitted units of work.
extension WriteQueue {
  /// Makes the queue's own thread lead; the first call starts the thread.
  private func callOwnThread() {
    switch reach(.lead) {
    // If no thread can be created, this thread runs the queued units of work.
    case .notStarted: if !DetachedThread.start({ [self] in serve() }) { serve() }
    case .waiting(let latch): latch.open(with: .lead)
    case .busy, .busyAndCalled: break
    }
  }

  /// Ends the queue's own thread.
  func dismissOwnThread() {
    if case .waiting(let latch) = reach(.done) { latch.open(with: .done) }
  }

  /// Records a call of the thread and returns the thread's previous state.
  private func reach(_ call: Call) -> DedicatedThread {
    state.withLock { state in
      defer {
        switch state.dedicatedThread {
        case .notStarted where call == .done: break
        case .notStarted, .waiting: state.dedicatedThread = .busy
        case .busy, .busyAndCalled:
          state.dedicatedThread = .busyAndCalled(call)
          wasCalled.store(true, ordering: .relaxed)
        }
      }
      return state.dedicatedThread
    }
  }

  /// Spins until the next call, at most for `callWait`.
  ///
  /// A caller that received an outcome often submits again, and waking this thread takes longer
  /// than a small commit. In planbench's `sqlite.transition.async1.normal`, spinning gives 1.3 to
  /// 1.6 times the rate of sleeping immediately.
  private func spinForCall() {
    let end = BusyWait.now() + callWait
    while !wasCalled.load(ordering: .relaxed), BusyWait.now() < end {}
  }

  private func serve() {
    while true {
      wasCalled.store(false, ordering: .relaxed)
      lead(takeBatch())
      spinForCall()
      let latch = Latch<Call>()
      let missed: Call? = state.withLock { state in
        if case .busyAndCalled(let call) = state.dedicatedThread {
          state.dedicatedThread = .busy
          return call
        }
        state.dedicatedThread = .waiting(latch)
        return nil
      }
      if (missed ?? latch.wait()) == .done { return }
    }
  }
}
