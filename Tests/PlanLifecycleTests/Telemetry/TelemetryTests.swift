import PlanDomain
import PlanLifecycle
import PlanStorage
import SQLiteStorage
import TestSupport
import Testing

/// What telemetry was called with.
private final class Recorder: Sendable {
  struct Calls: Sendable {
    var clockReads = 0
    var began = 0
    var ended: [UnitOfWorkRecord] = []
    var claimed: [Int] = []
    var attempts: [String] = []
    var activities: [StorageActivity] = []
    var troubles: [String] = []
    var lost: [LeaseToken] = []
  }
  private let state = Locked(Calls())

  var calls: Calls { state.withLock { $0 } }

  func record(_ change: (inout Calls) -> Void) { state.withLock { change(&$0) } }

  /// Telemetry with all closures; each reading of its clock is a millisecond after the one before.
  var telemetry: PlanTelemetry {
    var telemetry = PlanTelemetry.none
    telemetry.clock = { [self] in
      record { $0.clockReads += 1 }
      return .milliseconds(calls.clockReads)
    }
    telemetry.unitOfWorkBegan = { [self] in record { $0.began += 1 } }
    telemetry.unitOfWorkEnded = { [self] ended in record { $0.ended.append(ended) } }
    telemetry.plansClaimed = { [self] count in record { $0.claimed.append(count) } }
    telemetry.attemptBegan = { [self] attempt in
      record { $0.attempts.append("\(attempt.phase) begins") }
    }
    telemetry.aroundAttempt = { [self] attempt, handler in
      record { $0.attempts.append("\(attempt.phase) is entered") }
      return try await handler()
    }
    telemetry.attemptEnded = { [self] ended in
      record { $0.attempts.append("\(ended.assignment.phase) ends after \(ended.duration)") }
    }
    telemetry.storageTrouble = { [self] _, operation in record { $0.troubles.append(operation) } }
    telemetry.leaseLost = { [self] token in record { $0.lost.append(token) } }
    telemetry.storageActivity = { [self] activity in record { $0.activities.append(activity) } }
    return telemetry
  }
}

@Suite("Telemetry")
struct TelemetryTests {
  private struct Refused: Error {}

  @Test("tells of every unit of work, how long it took and why it failed")
  func unitsOfWork() async throws {
    let (recorder, test) = (Recorder(), TestEnvironment())
    let plans = PlanLifecycleService(
      engine: try LifecycleFixture.backend.open(), environment: test.environment,
      telemetry: recorder.telemetry)
    try await plans.write { try $0.createAction(Fixture.action()) }
    try plans.writeBlocking { try $0.use("local/sample") }
    await #expect(throws: Refused.self) { try await plans.write { _ in throw Refused() } }
    #expect(throws: Refused.self) { try plans.writeBlocking { _ in throw Refused() } }
    let calls = recorder.calls
    #expect(calls.began == 4)
    #expect(calls.ended.map { $0.error != nil } == [false, false, true, true])
    #expect(calls.ended.allSatisfy { $0.duration == .milliseconds(1) })
    try plans.close()
  }

  @Test("tells of claims and attempts, and runs handlers inside what the host puts around them")
  func attempts() async throws {
    let (recorder, test) = (Recorder(), TestEnvironment())
    let plans = PlanLifecycleService(
      engine: try LifecycleFixture.backend.open(), environment: test.environment,
      telemetry: recorder.telemetry)
    try await plans.write { transaction in
      try transaction.createAction(Fixture.action())
      try transaction.use("local/sample")
    }
    let worker = PlanWorker(
      store: plans, name: "worker",
      handlers: [
        try Fixture.actor(): { attempt, _ in
          recorder.record { $0.attempts.append("\(attempt.phase) runs") }
          return .complete(.null)
        }
      ])
    _ = try await worker.runUntilIdle { _ in false }
    #expect(recorder.calls.claimed == [1])
    let attempts = recorder.calls.attempts
    #expect(
      attempts.map { $0.split(separator: " ").prefix(2).joined(separator: " ") } == [
        "strategize begins", "strategize is", "strategize runs", "strategize ends",
      ])
    try plans.close()
  }

  @Test("tells of commits with the number of units of work in each, and of checkpoints")
  func activities() throws {
    let (recorder, test) = (Recorder(), TestEnvironment())
    let directory = try ScratchDirectory()
    let engine = try StorageBackend.sqlite(at: directory.path("plans.db")).open()
    let plans = PlanLifecycleService(
      engine: engine, environment: test.environment, telemetry: recorder.telemetry)
    try plans.writeBlocking { try $0.createAction(Fixture.action()) }
    _ = try #require(engine as? any LogCheckpointing).checkpoint()
    var (commits, checkpoints) = (0, 0)
    for activity in recorder.calls.activities {
      switch activity {
      case .committed(let units, let duration):
        commits += 1
        #expect(units == 1 && duration > .zero)
      case .checkpointed(let report, _):
        checkpoints += 1
        #expect(report.isComplete)
      case .checkpointFailed(let error): Issue.record("\(error)")
      }
    }
    #expect(commits == 1 && checkpoints == 1)
    try plans.close()
  }

  // Let the calls through, and the thread that commits waits for itself.
  @Test(
    "refuses blocking calls of the store while it tells of an activity, which the commit survives",
    .timeLimit(.minutes(30)), arguments: 0..<3)
  func callsInside(_ kind: Int) async throws {
    let test = TestEnvironment()
    let directory = try ScratchDirectory()
    let backends: [StorageBackend] = [
      .sqliteInMemory, .sqlite(at: directory.path("a.db")),
      .sqlite(at: directory.path("b.db"), options: SQLiteOptions(exclusive: true)),
    ]
    let service = Locked<PlanLifecycleService?>(nil)
    let codes = Locked([String?]())
    var telemetry = PlanTelemetry.none
    telemetry.storageActivity = { _ in
      guard let plans = service.withLock({ $0 }) else { return }
      let calls: [() throws -> Void] = [
        { try plans.writeBlocking { _ in } }, { try plans.readBlocking { _ in } },
        { try plans.suspendBlocking(calls: .fail, within: .zero) }, { try plans.close() },
      ]
      for call in calls {
        let code = errorCode(call)
        codes.withLock { $0.append(code) }
      }
    }
    let plans = PlanLifecycleService(
      engine: try backends[kind].open(), environment: test.environment, telemetry: telemetry)
    service.withLock { $0 = plans }
    try plans.writeBlocking { try $0.createAction(Fixture.action()) }
    try await plans.write { try $0.use("local/sample") }
    service.withLock { $0 = nil }
    let refusals = codes.withLock { $0 }
    #expect(refusals.count >= 8 && Set(refusals) == ["nestedUnitOfWork"], "\(refusals)")
    #expect(try plans.readBlocking { try $0.counts(in: .all).total } == 1)
    try plans.close()
  }

  @Test("reads no clock that nobody asked to be read, and tells nobody")
  func unused() async throws {
    let (recorder, test) = (Recorder(), TestEnvironment())
    var telemetry = PlanTelemetry.none
    telemetry.clock = recorder.telemetry.clock
    let plans = PlanLifecycleService(
      engine: try LifecycleFixture.backend.open(), environment: test.environment,
      telemetry: telemetry)
    try await plans.write { transaction in
      try transaction.createAction(Fixture.action())
      try transaction.use("local/sample")
    }
    let worker = PlanWorker(
      store: plans, name: "worker",
      handlers: [try Fixture.actor(): { _, _ in .complete(.null) }])
    _ = try await worker.runUntilIdle { _ in false }
    try plans.writeBlocking { _ = try $0.snapshot.actions(matching: ActionQuery()) }
    #expect(recorder.calls.clockReads == 0)
    try plans.close()
  }
}
