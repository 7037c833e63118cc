import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

/// That this file compiles, without a warning, is half of each test: without the forms of `write`
/// and `writeBlocking` whose body has no result, the first two do not.
@Suite("A unit of work whose result is ignored")
struct ResultlessWriteTests {
  let fixture: LifecycleFixture
  let plans: PlanLifecycleService

  init() throws {
    fixture = try LifecycleFixture()
    plans = fixture.plans
    _ = try fixture.use()
  }

  /// How many plans there are beside the first.
  func count() throws -> Int {
    try plans.readBlocking { try $0.plans(matching: PlanQuery()).rows.count } - 1
  }

  @Test("A stored closure that returns nothing")
  func storedClosure() async throws {
    let plans = plans
    let task: @Sendable () async throws -> Void = {
      try await plans.write { try $0.use("local/sample") }
    }
    let blocking: @Sendable () throws -> Void = {
      try plans.writeBlocking { try $0.use("local/sample") }
    }
    try await task()
    try blocking()
    #expect(try count() == 2)
  }

  @Test("A closure given to a task, to a group of tasks, and to a loop")
  func tasks() async throws {
    let plans = plans
    let task: Task<Void, any Error> = Task { try await plans.write { try $0.use("local/sample") } }
    try await task.value
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 1...2 { group.addTask { try await plans.write { try $0.use("local/sample") } } }
      try await group.waitForAll()
    }
    try ["local/sample"].forEach { name in try plans.writeBlocking { try $0.use(name) } }
    #expect(try count() == 4)
  }

  @Test("A statement, of one line or of several")
  func statements() async throws {
    func one() async throws {
      try await plans.write { transaction in try transaction.use("local/sample") }
    }
    func blocking() throws {
      try plans.writeBlocking { transaction in try transaction.use("local/sample") }
    }
    try await one()
    try blocking()
    try await plans.write { transaction in
      try transaction.use("local/sample")
      try transaction.use("local/sample")
    }
    try plans.writeBlocking { transaction in
      guard try !transaction.snapshot.actions(matching: ActionQuery()).rows.isEmpty else { return }
      try transaction.use("local/sample")
    }
    #expect(try count() == 5)
  }

  @Test("A result that is used is returned")
  func results() async throws {
    let plans = plans
    let first = try await plans.write { try $0.use("local/sample") }
    let second = try plans.writeBlocking { try $0.use("local/sample") }
    let third = try await Task { try await plans.write { try $0.use("local/sample") } }.value
    let more = try ["local/sample"].map { name in try plans.writeBlocking { try $0.use(name) } }
    #expect(Set([first.id, second.id, third.id] + more.map(\.id)).count == 4)
    #expect(try count() == 4)
  }

  @Test("What the body throws comes out, and nothing was done")
  func failure() async throws {
    let plans = plans
    let task: @Sendable () async throws -> Void = {
      try await plans.write { transaction in
        try transaction.use("local/sample")
        try transaction.use("local/missing")
      }
    }
    #expect(await asyncErrorCode { try await task() } == "actionNotFound")
    #expect(
      errorCode {
        try plans.writeBlocking { transaction in
          try transaction.use("local/sample")
          try transaction.use("local/missing")
        }
      } == "actionNotFound")
    #expect(try count() == 0)
  }
}
