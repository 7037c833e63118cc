import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

@Suite("The result of a typed phase", .timeLimit(.minutes(30)))
struct TypedResultTests {
  private typealias Length = TypedAction<Release, Int>

  private final class Attempts: Sendable {
    private let state = Locked(0)
    var number: Int { state.withLock { $0 } }
    func count() { state.withLock { $0 += 1 } }
    func reset() { state.withLock { $0 = 0 } }
  }

  private static func action() throws -> TypedAction<Release, NoValue> {
    try TypedAction(
      "local/release", taking: Release.self, description: "Release {version}",
      retry: RetryPolicy(attempts: 5, base: .zero, cap: .zero))
  }

  /// Actions whose closure ends with a result of another type than its own.
  private static func wrong(
    _ attempts: Attempts, _ child: TypedAction<NoValue, NoValue>
  ) throws -> [Length] {
    [
      try action().execute { _ -> Int in
        attempts.count()
        throw PhaseExit(.complete(["not a number"]))
      },
      try action().execute { _ -> Int in
        attempts.count()
        throw PhaseExit(
          .complete { transaction in
            try transaction.use(child)
            return "not a number"
          })
      },
      try action().execute { run -> Int in
        attempts.count()
        _ =
          try run.complete { transaction in
            try transaction.use(child)
            return "not a number"
          } as String
        return 5
      },
      try action().execute { run -> Int in
        attempts.count()
        try run.complete { transaction in _ = try transaction.use(child) }
        return 5
      },
    ]
  }

  @Test(
    "is of its closure's type, or fails the phase for good and takes the work with it back",
    arguments: TestStore.allCases)
  func otherTypes(store: TestStore) async throws {
    let child = try TypedAction("local/child", taking: NoValue.self, description: "x")
    let attempts = Attempts()
    for action in try Self.wrong(attempts, child) {
      let fixture = try LifecycleFixture(store.backend)
      attempts.reset()
      try await fixture.withWorker([action, child]) {
        let plan = try await fixture.ended(action, Release(version: "1"))
        #expect(plan.status == .executeErrored && plan.progress.result(of: .execute) == nil)
        #expect(plan.progress.failure?.code == "notDecodable")
        #expect(
          plan.progress.failure?.message.contains("cannot be decoded: it is") == true
            && plan.progress.failure?.message.contains("'result") == true)
        #expect(attempts.number == 1)
        let query = PlanQuery(PlanFilter(action: "local/child"))
        #expect(try fixture.plans.readBlocking { try $0.plans(matching: query).rows.isEmpty })
      }
    }
  }

  @Test("may come from a PhaseExit or a completion of another type, if it is one of its own")
  func sameForm() async throws {
    let fixture = try LifecycleFixture()
    let exit = try Self.action().execute { _ -> Double in throw PhaseExit(.complete(7)) }
      .apply { run -> Double in
        let size = run.previous
        _ = try run.complete { _ in Int(size) } as Int
        return 0
      }
    try await fixture.withWorker([exit]) {
      let plan = try await fixture.ended(exit, Release(version: "1"))
      #expect(try exit.result(of: plan) == 7)
    }
  }

  @Test("that cannot be stored fails the phase for good, also when work is committed with it")
  func notEncodable() async throws {
    let fixture = try LifecycleFixture()
    let attempts = Attempts()
    let action = try Self.action().execute { run -> Double in
      attempts.count()
      return try run.complete { _ in .nan }
    }
    try await fixture.withWorker([action]) {
      let plan = try await fixture.ended(action, Release(version: "1"))
      #expect(plan.progress.failure?.code == "notEncodable")
      #expect(attempts.number == 1)
    }
  }

  @Test("is not made in another attempt when a stored document cannot be read in a completion")
  func documentsOfCompletions() async throws {
    let fixture = try LifecycleFixture()
    let attempts = Attempts()
    let action = try Self.action().strategize { _ in ["step"] }.execute { run -> Int in
      attempts.count()
      return try run.complete { _ -> Int in try run.result(of: .strategize, as: Int.self) ?? 0 }
    }
    try await fixture.withWorker([action]) {
      let plan = try await fixture.ended(action, Release(version: "1"))
      #expect(plan.progress.failure?.code == "notDecodable" && plan.progress.attempt == 1)
      #expect(attempts.number == 1)
    }
  }

  @Test("is made in another attempt after the document of somebody else could not be read")
  func otherDocuments() async throws {
    let fixture = try LifecycleFixture()
    let action = try Self.action().execute { run in
      let response: JSONValue = run.attempt == 1 ? "busy" : 5
      return try response.decoded(as: Int.self)
    }
    try await fixture.withWorker([action]) {
      let plan = try await fixture.ended(action, Release(version: "1"))
      #expect(try action.result(of: plan) == 5)
      let events = try fixture.plans.readBlocking { try $0.events(of: plan.id) }
      #expect(events.count { $0.command == .fail } == 1)
    }
  }
}
