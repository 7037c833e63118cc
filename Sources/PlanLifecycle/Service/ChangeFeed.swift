public import PlanDomain
import PlanStorage

/// Every event of every plan, in the order of their commits, as they happen.
///
/// Begins after a cursor, so that whoever keeps the cursor of the last event it dealt with misses
/// none. Ends with an error, `closed` once the store is closed, or with the task that reads it.
public struct ChangeFeed: AsyncSequence, Sendable {
  /// What the feed gives.
  public typealias Element = RecordedEvent

  let store: PlanLifecycleService
  let start: EventCursor
  let pollInterval: Duration

  /// Starts to read.
  public func makeAsyncIterator() -> Iterator { Iterator(feed: self) }

  /// Reads a feed, a page at a time.
  public struct Iterator: AsyncIteratorProtocol {
    private let feed: ChangeFeed
    private let signal = AsyncSignal()
    private let subscriptions: [CommitNotifier.Subscription]
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

    /// The next event, when there is one; nil once the task is cancelled.
    ///
    /// Throws `StorageError`.
    public mutating func next() async throws -> RecordedEvent? {
      while !Task.isCancelled {
        if let next = page.popFirst() {
          cursor = next.cursor
          return next
        }
        page = try await feed.store.read { [cursor] snapshot in
          try snapshot.events(after: cursor, limit: .standard)
        }[...]
        if page.isEmpty { try await pause() }
      }
      return nil
    }

    /// Waits for a commit in this process or, where other processes write too, for a while.
    private func pause() async throws {
      let store = feed.store
      let poll =
        store.engine.traits.isSharedBetweenProcesses
        ? store.environment.time.now().adding(feed.pollInterval) : nil
      try await withTaskCancellationHandler {
        try await signal.wait(until: poll, store.alarms)
      } onCancel: { [signal] in
        signal.raise()
      }
    }
  }
}

extension PlanLifecycleService {
  /// Every event after the cursor, as it happens.
  ///
  /// `pollInterval` is how often to look for the commits of other processes, where the store is
  /// shared between processes.
  public func changes(
    after cursor: EventCursor, pollInterval: Duration = .seconds(1)
  ) -> ChangeFeed {
    ChangeFeed(store: self, start: cursor, pollInterval: pollInterval)
  }
}
