import PlanDomain
import PlanStorage
import TestSupport
import Testing

@Suite("Queries, pages and errors")
struct QueryTests {
  @Test("A page has 1 to 1000 rows", arguments: [Int.min, -1, 0, 1001, .max])
  func limits(count: Int) throws {
    #expect(throws: PlanError.invalidPageLimit(count)) { try PageLimit(count) }
    #expect(try PageLimit(1000) == .largest && PageLimit(50) == .standard)
  }

  @Test("Cursors come back from their texts, and only from texts of their kind")
  func cursors() throws {
    let plan = PlanCursor(after: Plan.ID(ULID(high: 1, low: 2)))
    let action = ActionCursor(after: 7)
    let event = EventCursor(position: 9)
    #expect(try PlanCursor(plan.description) == plan)
    #expect(try ActionCursor(action.description) == action)
    #expect(try EventCursor(event.description) == event && EventCursor.start < event)
    let read = EventCursor(position: 9, purges: 2)
    #expect(try EventCursor(read.description) == read && read.description == "e-9-2")
    #expect(event < read)
    #expect(try EventCursor("e-0") == .start && EventCursor("e-0-0") != .start)
    for text in ["", "p-", "p-1", "a-x", "a-", "e--1", "e-", "x", action.description] {
      #expect(throws: PlanError.invalidCursor) { try PlanCursor(text) }
    }
    for text in ["", "a-", "a-x", "a-+7", "a-07", plan.description, event.description] {
      #expect(throws: PlanError.invalidCursor) { try ActionCursor(text) }
    }
    let invalid = [
      "", "e-", "e-x", "e--1", "e-+1", "e-01", "e-1-", "e-1--1", "e-1-+1", "e-1-02", "e-1-2-3",
      action.description,
    ]
    for text in invalid {
      #expect(throws: PlanError.invalidCursor) { try EventCursor(text) }
    }
  }

  @Test("A filter scans the narrowest index")
  func scopes() throws {
    func scope(_ filter: PlanFilter) -> PlanScope { QueryRules.scope(for: filter) }
    let id = Plan.ID(ULID(high: 1, low: 1))
    let name = ActionName("a/b")
    let project = ProjectName("p")
    #expect(scope(PlanFilter()) == .all && PlanFilter().statuses == nil)
    #expect(scope(PlanFilter(namespace: "a")) == .namespace("a"))
    #expect(scope(PlanFilter(action: name, namespace: "a")) == .action(name))
    #expect(scope(PlanFilter(action: name, project: project)) == .project(project))
    #expect(scope(PlanFilter(project: project, root: id)) == .tree(id))
    let label = Plan.Label("customer", "17")
    #expect(scope(PlanFilter(action: name, project: project, label: label)) == .label(label))
    #expect(scope(PlanFilter(label: label, root: id)) == .tree(id) && "\(label)" == "customer=17")
    #expect(scope(PlanFilter(parent: id, root: id)) == .children(id))
    #expect(PlanFilter(phase: .strategize, state: .waiting).statuses == [])
    #expect(PlanFilter(state: .waiting).statuses == [.executeWaiting])
    #expect(PlanFilter(phase: .apply).statuses?.count == 6)
  }

  @Test("A filter takes any set of statuses, and narrows it by phase and state")
  func statuses() {
    let some: Set<PlanStatus> = [.strategizeQueued, .executeProcessing, .applyProcessing]
    #expect(PlanFilter(statuses: some).statuses == some)
    #expect(
      QueryRules.scan(for: PlanFilter(statuses: some))
        == .groups(.all, [.strategizeActive, .executeActive, .applyActive]))
    #expect(QueryRules.scan(for: PlanFilter(statuses: some, state: .processing)) == .processing)
    #expect(PlanFilter(statuses: some, phase: .apply).statuses == [.applyProcessing])
    #expect(PlanFilter(statuses: some, phase: .apply, state: .queued).statuses == [])
    #expect(PlanFilter(statuses: []).statuses == [])
  }

  @Test("Counts are zero where nothing was counted")
  func counts() {
    let counts = StatusCounts([.applyApplied: 2, .executeQueued: 0, .applyErrored: 3])
    #expect(counts[.applyApplied] == 2 && counts[.executeQueued] == 0 && counts.total == 5)
    #expect(counts == StatusCounts([.applyApplied: 2, .applyErrored: 3]))
  }

  @Test("Counts are iterated in the order of statuses, without those that have no plans")
  func countsInOrder() {
    let counts = StatusCounts([.applyErrored: 3, .executeQueued: 0, .strategizeQueued: 2])
    #expect(counts.map(\.status) == [.strategizeQueued, .applyErrored])
    #expect(counts.map(\.count) == [2, 3])
    #expect(Array(StatusCounts([:])).isEmpty)
    let all = StatusCounts(Dictionary(uniqueKeysWithValues: PlanStatus.allCases.map { ($0, 1) }))
    #expect(all.map(\.status) == PlanStatus.allCases)
  }

  @Test("Storage errors say whether repeating the unit of work can help, as their advice does")
  func retryable() {
    let retryable = StorageError.Code.allCases.filter {
      StorageError($0, operation: "saving", subject: "plan X").isRetryable
    }
    #expect(retryable == [.staleWrite, .busy, .full, .outOfMemory, .suspended, .unavailable])
    for code in StorageError.Code.allCases {
      let error = StorageError(code, operation: "saving", subject: "plan X")
      #expect(error.description.contains("repeat") == error.isRetryable, "\(error)")
    }
  }

  @Test(
    "Every storage error says what failed, why, and what to do",
    arguments: StorageError.Code.allCases)
  func errors(code: StorageError.Code) {
    let error = StorageError(code, operation: "saving", subject: "plan X", reason: "because")
    #expect(error.description.hasPrefix("saving plan X failed: "))
    #expect(error.description.contains("(because); "))
    let plain = StorageError(code, operation: "saving", subject: "plan X")
    #expect(!plain.description.contains("("))
  }

  @Test("Notifications reach subscribers, and none whose subscription has ended")
  func announcements() throws {
    let notifier = CommitNotifier()
    let heard = Locked(0)
    let notification = CommitNotification(readyActors: [], endedLeases: [], hasEvents: true)
    do {
      let subscription = notifier.subscribe { told in
        if told.hasEvents { heard.withLock { $0 += 1 } }
      }
      notifier.notify(notification)
      withExtendedLifetime(subscription) {}
    }
    notifier.notify(notification)
    #expect(heard.withLock { $0 } == 1)
  }

  @Test("A backend opens the store of its closure")
  func backend() throws {
    let backend = BackendFactory.make("nowhere:") {
      throw StorageError(.cannotOpen, operation: "opening", subject: "nothing")
    }
    #expect(backend.description == "nowhere:")
    #expect(errorCode { try backend.open() } == "cannotOpen")
  }
}
