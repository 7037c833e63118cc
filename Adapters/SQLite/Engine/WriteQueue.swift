import PlanStorage
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Brings everything that needs the writer's connection into one order, and commits in groups.
///
/// The first thread that comes leads: it runs its own unit of work and those that queued meanwhile
/// in one transaction, tells everyone the outcome after the commit, and hands over to the next.
/// Whoever has no thread to wait with is served by the queue's own thread. Safe to use from any
/// thread.
final class WriteQueue: Sendable {
  /// What a waiting thread is woken for.
  private enum Call: Sendable {
    case done
    case lead
  }

  private struct Entry: Sendable {
    let job: Job
    /// Where its thread waits; nil when no thread does.
    let latch: Latch<Call>?
  }

  /// What the queue's own thread is doing.
  private enum DedicatedThread: Sendable {
    case notStarted
    case waiting(Latch<Call>)
    case busy
    /// Busy, and called once more meanwhile.
    case busyAndCalled(Call)
  }

  private struct State: Sendable {
    var waiting: [Entry] = []
    var isLed = false
    var isClosed = false
    var dedicatedThread = DedicatedThread.notStarted

    func checkOpen() throws(StorageError) {
      if isClosed { throw StorageError(.closed, operation: "queueing", subject: "a unit of work") }
    }
  }

  /// How many units of work share a commit at most.
  static let largestBatch = 256

  /// How long the queue's own thread spins for each of its two reasons, in nanoseconds.
  private static let spinTime: Int64 = 60_000

  private let state = Locked(State())
  private let wasCalled = Atomic(false)
  private let writer: BatchWriter
  /// How many jobs wait, to be looked at without the lock.
  private let waitingCount = Atomic(0)
  /// How long the queue's own thread spins for its next call before it sleeps, in nanoseconds.
  let callWait: Int64
  /// How long the queue's own thread spins until the callers that it has just served have submitted
  /// again, in nanoseconds.
  let gatherWait: Int64

  /// Makes a queue in front of this writer.
  ///
  /// `commitsAreSlow` is for a disk that every commit waits for: then it pays to wait a moment for
  /// more to share it. Without `spins` the queue's own thread sleeps whenever nothing is queued.
  init(_ writer: BatchWriter, commitsAreSlow: Bool, spins: Bool) {
    self.writer = writer
    callWait = spins ? Self.spinTime : 0
    gatherWait = spins && commitsAreSlow ? Self.spinTime : 0
  }

  /// Runs the job in its turn, on this thread or on that of whoever leads then; returns when it has
  /// its outcome.
  ///
  /// Throws `closed`. `closesQueue` makes it the last job.
  func run(_ job: Job, closesQueue: Bool = false) throws(StorageError) {
    if try startLeading(closesQueue) {
      lead([Entry(job: job, latch: nil)])
      return
    }
    let latch = Latch<Call>()
    let entry = Entry(job: job, latch: latch)
    if try enqueue(entry, closesQueue) {
      lead([entry])
    } else if case .lead = latch.wait() {
      lead(takeBatch())
    }
  }

  /// Queues the job and returns at once.
  ///
  /// Throws `closed`.
  func submit(_ job: Job) throws(StorageError) {
    let mustLead = try state.withLock { (state) throws(StorageError) in
      try state.checkOpen()
      state.waiting.append(Entry(job: job, latch: nil))
      noteCount(of: state)
      defer { state.isLed = true }
      return !state.isLed
    }
    if mustLead { callOwnThread() }
  }

  /// How many jobs wait for their turn.
  var count: Int { state.withLock { $0.waiting.count } }

  /// Takes a job out that has not begun; false when it has.
  func withdraw(_ job: Job) -> Bool {
    state.withLock { state in
      guard let index = state.waiting.firstIndex(where: { $0.job === job }) else { return false }
      state.waiting.remove(at: index)
      noteCount(of: state)
      return true
    }
  }

  private func noteCount(of state: State) {
    waitingCount.store(state.waiting.count, ordering: .relaxed)
  }

  /// Whether nobody leads, in which case the caller does from now on.
  private func startLeading(_ closesQueue: Bool) throws(StorageError) -> Bool {
    try state.withLock { (state) throws(StorageError) in
      try state.checkOpen()
      if closesQueue { state.isClosed = true }
      if state.isLed { return false }
      state.isLed = true
      return true
    }
  }

  /// Queues the job, or makes the caller lead when nobody does.
  private func enqueue(_ entry: Entry, _ closesQueue: Bool) throws(StorageError) -> Bool {
    try state.withLock { (state) throws(StorageError) in
      // Who closes the queue has closed it already.
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

  /// The jobs that are to run together next, or one that is to run alone.
  private func takeBatch() -> [Entry] {
    state.withLock { state in
      state.waiting.first?.job.kind.isAlone == true
        ? take(1, of: &state) : takeShareable(Self.largestBatch, of: &state)
    }
  }

  /// Takes the first that can share a transaction, so many at most.
  private func takeShareable(_ most: Int, of state: inout State) -> [Entry] {
    let first = state.waiting.prefix(most)
    return take(first.firstIndex { $0.job.kind.isAlone } ?? first.count, of: &state)
  }

  private func take(_ count: Int, of state: inout State) -> [Entry] {
    let batch = Array(state.waiting.prefix(count))
    state.waiting.removeFirst(batch.count)
    noteCount(of: state)
    return batch
  }

  /// Runs one batch and whoever comes in time, tells the outcomes, looks after the log, and hands
  /// over; how many there will be when all who were served come back.
  @discardableResult
  private func lead(_ first: [Entry]) -> Int {
    var batch = first
    let count = writer.run(batch.lazy.map(\.job)) {
      guard waitingCount.load(ordering: .relaxed) > 0 else { return [] }
      let late = state.withLock { takeShareable(Self.largestBatch - batch.count, of: &$0) }
      batch += late
      return late.map(\.job)
    }
    let others = waitingCount.load(ordering: .relaxed)
    if count < batch.count {
      state.withLock { state in
        state.waiting.insert(contentsOf: batch[count...], at: 0)
        noteCount(of: state)
      }
    }
    for entry in batch[..<count] {
      entry.job.finish()
      entry.latch?.open(with: .done)
    }
    writer.lookAfterLog()
    handOver()
    return count + others
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

/// The thread for those who have none.
extension WriteQueue {
  /// Makes the queue's own thread lead; it is started when it is needed for the first time.
  private func callOwnThread() {
    switch reach(.lead) {
    // Without a thread there is nobody to commit for those who wait: this one does it.
    case .notStarted: if !DetachedThread.start({ [self] in serve() }) { serve() }
    case .waiting(let latch): latch.open(with: .lead)
    case .busy, .busyAndCalled: break
    }
  }

  /// Lets the queue's own thread end.
  func dismissOwnThread() {
    if case .waiting(let latch) = reach(.done) { latch.open(with: .done) }
  }

  /// Notes that the thread is called; what it was doing.
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

  /// Spins for the next call.
  ///
  /// A caller that was told an outcome often has more to do, and waking this thread takes longer than
  /// a small commit. In planbench's `sqlite.transition.async1.normal` the rate is 1.3 to 1.6 times
  /// that of sleeping at once.
  private func spinForCall() {
    let end = BusyWait.now() + callWait
    while !wasCalled.load(ordering: .relaxed), BusyWait.now() < end {}
  }

  /// Spins until the callers just served have submitted again; otherwise callers split into two
  /// alternating halves and each commit carries half of them.
  ///
  /// Returns whether all of them have.
  private func gather(_ expected: Int) -> Bool {
    let end = BusyWait.now() + gatherWait
    while waitingCount.load(ordering: .relaxed) < expected {
      if BusyWait.now() > end { return false }
    }
    return true
  }

  private func serve() {
    var (expected, restraint) = (0, 0)
    while true {
      wasCalled.store(false, ordering: .relaxed)
      // After a fruitless wait the next sixteen batches do without.
      if gatherWait > 0, expected > 1, restraint == 0 {
        restraint = gather(min(expected, Self.largestBatch)) ? 0 : 16
      }
      restraint = max(0, restraint - 1)
      expected = lead(takeBatch())
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
