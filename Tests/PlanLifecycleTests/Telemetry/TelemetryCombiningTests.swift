import PlanDomain
import PlanLifecycle
import PlanStorage
import SQLiteStorage
import TestSupport
import Testing

/// The calls of closures, in their order.
private final class Calls: Sendable {
  private let calls = Locked([String]())

  var all: [String] { calls.withLock { $0 } }

  func note(_ call: String) { calls.withLock { $0.append(call) } }
}

@Suite("Telemetry of several parts")
struct TelemetryCombiningTests {
  /// Telemetry with all closures, which write down their calls.
  private static func part(_ name: String, _ calls: Calls) -> PlanTelemetry {
    @Sendable func note(_ call: String) { calls.note("\(name) \(call)") }
    var part = PlanTelemetry.none
    part.unitOfWorkBegan = { note("unit began") }
    part.unitOfWorkEnded = { note("unit ended \($0.error == nil)") }
    part.plansClaimed = { note("claimed \($0)") }
    part.attemptBegan = { note("began \($0.phase)") }
    part.attemptEnded = { note("ended \($0.hasFailed)") }
    part.aroundAttempt = { _, handler in
      note("enters")
      defer { note("leaves") }
      return try await handler()
    }
    part.leaseLost = { _ in note("lost") }
    part.storageTrouble = { _, operation in note("trouble \(operation)") }
    part.storageActivity = { _ in note("activity") }
    return part
  }

  /// Runs one attempt of a plan, and returns the calls that begin with one of the words.
  private func calls(
    of words: [String], _ handler: @escaping PlanHandler
  ) async throws -> [String] {
    let calls = Calls()
    let directory = try ScratchDirectory()
    let plans = PlanLifecycleService(
      engine: try StorageBackend.sqlite(at: directory.path("plans.db")).open(),
      environment: TestEnvironment().environment,
      telemetry: PlanTelemetry(
        combining: [Self.part("a", calls), .none, Self.part("b", calls)]))
    try await plans.write { transaction in
      try transaction.createAction(Fixture.action(retry: .never))
      try transaction.use("local/sample")
    }
    let worker = PlanWorker(
      store: plans, name: "worker", handlers: [try Fixture.actor(): handler])
    _ = try await worker.runUntilIdle { _ in false }
    try plans.close()
    return calls.all.filter { call in
      words.contains { call.dropFirst(2).hasPrefix($0) }
    }
  }

  @Test("calls the closures of each part in their order, and nests what is around an attempt")
  func order() async throws {
    let attempt = ["claimed", "began", "enters", "leaves", "ended"]
    #expect(
      try await calls(of: attempt) { _, _ in .complete(.null) } == [
        "a claimed 1", "b claimed 1", "a began strategize", "b began strategize", "a enters",
        "b enters", "b leaves", "a leaves", "a ended false", "b ended false",
      ])
    for words in [["unit began"], ["unit ended"], ["activity"]] {
      let calls = try await calls(of: words) { _, _ in .complete(.null) }
      let parts = calls.map { String($0.prefix(1)) }
      #expect(!parts.isEmpty && parts.filter { $0 == "a" }.count * 2 == parts.count)
    }
  }

  @Test("tells an attempt that failed from one that did not")
  func failures() async throws {
    let failure = try Plan.Failure(code: "broken", message: "x", isRetryable: false)
    let expected = ["a ended true", "b ended true"]
    #expect(try await calls(of: ["ended"]) { _, _ in .fail(failure) } == expected)
    #expect(try await calls(of: ["ended"]) { _, _ in throw TestError() } == expected)
  }

  @Test("has no closure that no part has, and passes on what only one has")
  func absent() {
    let calls = Calls()
    let empty = PlanTelemetry(combining: [.none, .none])
    #expect(empty.unitOfWorkEnded == nil && empty.aroundAttempt == nil)
    #expect(PlanTelemetry(combining: []).unitOfWorkBegan == nil)
    var single = PlanTelemetry.none
    single.unitOfWorkBegan = { calls.note("began") }
    for parts in [[single], [single, .none], [.none, single]] {
      let combined = PlanTelemetry(combining: parts)
      combined.unitOfWorkBegan?()
      #expect(combined.storageTrouble == nil)
    }
    #expect(calls.all == ["began", "began", "began"])
  }
}
