public import PlanDomain

/// The events of one plan in order, past and future.
///
/// The sequence ends after the event that makes the plan final, and when the task is cancelled. It
/// waits while the store is suspended, and blocks no thread. Iteration throws
/// ``PlanError/Code/planNotFound`` if the plan is not stored, ``PlanError/Code/planPurged`` if it
/// is removed before its last event was read, and ``StorageError`` if the store fails.
///
/// ```swift
/// for try await event in system.plans.handle(for: id).events {
///   print(event.command, event.to)
/// }
/// ```
public struct PlanEvents: AsyncSequence, Sendable {
  /// The element of the sequence.
  public typealias Element = PlanEvent

  let plan: Plan.ID
  let store: PlanLifecycleService
  let wasFound: Bool

  /// Returns an iterator that begins with the plan's first event.
  public func makeAsyncIterator() -> Iterator { Iterator(self) }

  /// Reads the events, one page at a time.
  public struct Iterator: AsyncIteratorProtocol {
    private let plan: Plan.ID
    private let store: PlanLifecycleService
    private var wasFound: Bool
    private var page: ArraySlice<PlanEvent> = []
    /// The sequence of the last event of the page.
    private var last = 0
    private var isAtEnd = false

    init(_ events: PlanEvents) {
      plan = events.plan
      store = events.store
      wasFound = events.wasFound
    }

    /// Waits for the next event and returns it; nil after the last one, and once the task is
    /// cancelled.
    ///
    /// - Throws: ``PlanError/Code/planNotFound`` if the plan is not stored;
    ///   ``PlanError/Code/planPurged`` if it is removed before its last event was read;
    ///   ``StorageError`` if the store fails, ``StorageError/Code/closed`` once it is closed.
    public mutating func next() async throws -> PlanEvent? {
      while !Task.isCancelled {
        if let event = page.popFirst() { return event }
        if isAtEnd { return nil }
        do {
          try await readPage()
          if page.isEmpty, !isAtEnd { try await waitForChange() }
        } catch is CancellationError {
          return nil
        } catch PlanError.Code.planNotFound where wasFound {
          throw PlanError.planPurged(plan)
        }
      }
      return nil
    }

    private mutating func readPage() async throws {
      let (plan, events) = try await store.repeatingWhenResumed(if: { true }) {
        [store, plan, last] in
        try await store.readNow { snapshot in
          (
            try snapshot.plan(plan),
            try snapshot.events(of: plan, after: last, limit: .standard)
          )
        }
      }
      wasFound = true
      page = events[...]
      last = events.last?.sequence ?? last
      isAtEnd = plan.isFinal && last == plan.version
    }

    private func waitForChange() async throws {
      let outcomes = try await store.waiters.wait(
        for: [plan], found: [plan], until: .change(after: last))
      _ = try outcomes[plan]?.get()
    }
  }
}
