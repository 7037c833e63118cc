public import PlanDomain
import PlanStorage

/// The events of all plans in the order of their commits, past and future.
///
/// Begins after a cursor, with the first stored event (`.start`), or with the events to come
/// (``PlanSnapshot/latestCursor()``). A host that stores the cursor of the last event it processed
/// misses none.
///
/// Iteration throws ``PlanError/Code/cursorExpired`` when a purge may have removed events that it
/// has not returned, and when the store never had the cursor, as after an older copy of it was
/// restored; a new sequence from the error's `resumeAt` continues with what is stored. It throws
/// ``StorageError`` when the store fails, ``StorageError/Code/closed`` once the store is closed,
/// and ends when the task is cancelled. It waits while the store is suspended. Blocks no thread.
///
/// ```swift
/// for try await change in system.plans.changes(after: .start) {
///   print(change.event.plan, change.event.to)
/// }
/// ```
public struct ChangeFeed: AsyncSequence, Sendable {
  /// The element of the sequence.
  public typealias Element = RecordedEvent

  let store: PlanLifecycleService
  let start: EventCursor

  /// Returns an iterator that begins after the feed's cursor.
  public func makeAsyncIterator() -> Iterator { Iterator(feed: self) }

  /// Reads the events, one page at a time.
  public struct Iterator: AsyncIteratorProtocol {
    private let feed: ChangeFeed
    private let signal = AsyncSignal()
    private let subscriptions: [CommitNotifier.Subscription]
    /// The cursor after the events of `page`.
    private var cursor: EventCursor
    private var page: ArraySlice<RecordedEvent> = []

    init(feed: ChangeFeed) {
      self.feed = feed
      cursor = feed.start
      subscriptions = [
        feed.store.engine.notifier.subscribe { [signal] notification in
          if notification.hasEvents { signal.raise() }
        },
        feed.store.closing.subscribe { [signal] _ in signal.raise() },
      ]
    }

    /// Waits for the next event and returns it; nil once the task is cancelled.
    ///
    /// - Throws: ``PlanError/Code/cursorExpired`` if events after the cursor may have been purged,
    ///   or if the store never had the cursor; ``StorageError`` if the store fails,
    ///   ``StorageError/Code/closed`` once it is closed. A temporary failure is thrown as well:
    ///   begin a new sequence after the last cursor.
    public mutating func next() async throws -> RecordedEvent? {
      var polling: CommitNotifier.Subscription?
      defer { withExtendedLifetime(polling) {} }
      while !Task.isCancelled {
        if let next = page.popFirst() { return next }
        // Before the read, so that no commit of another process is missed.
        if polling == nil {
          polling = try feed.store.poller.subscribe { [signal] _ in signal.raise() }
        }
        do { try await readPage() } catch is CancellationError { return nil }
        if page.isEmpty { await pause() }
      }
      return nil
    }

    /// Reads the next page; waits for the end of a suspension of the store.
    private mutating func readPage() async throws {
      let (events, next) = try await feed.store.repeatingWhenResumed(if: { true }) {
        [feed, cursor] in
        try await feed.store.readNow { snapshot in
          try snapshot.feedPage(after: cursor, limit: .standard)
        }
      }
      (page, cursor) = (events[...], next)
    }

    /// Waits for a commit, for the end of the service, or for the end of the task.
    private func pause() async {
      await withTaskCancellationHandler {
        await signal.wait()
      } onCancel: { [signal] in
        signal.raise()
      }
    }
  }
}

extension PlanLifecycleService {
  /// Returns the events after the cursor, past and future; from `.start`, all stored ones.
  ///
  /// Events of other processes follow within about 30 ms, if the store is shared between processes;
  /// those of this process follow at once. Reads nothing yet: the sequence throws, not this method.
  ///
  /// ```swift
  /// let cursor = try await system.plans.read { try $0.latestCursor() }
  /// for try await change in system.plans.changes(after: cursor) {
  ///   if change.event.to == .applyApplied { print("applied:", change.event.plan) }
  /// }
  /// ```
  public func changes(after cursor: EventCursor) -> ChangeFeed {
    ChangeFeed(store: self, start: cursor)
  }
}
