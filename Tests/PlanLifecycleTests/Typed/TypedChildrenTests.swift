import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

@Suite("The children of a typed action", .timeLimit(.minutes(30)))
struct TypedChildrenTests {
  struct Part: Codable { var numbers: [Int] }
  struct Whole: Codable { var count: Int }

  let fixture: LifecycleFixture
  init() throws { fixture = try LifecycleFixture() }

  private func sum() throws -> TypedAction<Part, Int> {
    try TypedAction("local/sum", taking: Part.self, description: "Add up", retry: .never)
      .execute { run in
        if run.arguments.numbers.contains(-1) { throw TestError() }
        return run.arguments.numbers.reduce(0, +)
      }
  }

  @Test("are made from Swift values, and their results come back as such, in spawn order")
  func results() async throws {
    let fixture = fixture
    let sum = try sum()
    let name = try TypedAction("local/name", taking: NoValue.self, description: "Name")
      .apply { _ in "total" }
    let total = try TypedAction("local/total", taking: Whole.self, description: "Total of {count}")
      .strategize { run in (1...run.arguments.count).map { [$0, $0] } }
      .execute { run in
        try run.previous.map { try ChildSpec(sum, arguments: Part(numbers: $0)) }
          + [ChildSpec(name, arguments: NoValue(), key: "name")]
      } then: { run in
        let label = try run.results(of: name).joined()
        return "\(label) \(try run.results(of: sum)) \(run.children.count)"
      }
    // One slot is enough, because a plan that waits for its children holds none.
    try await fixture.withWorker([sum, name, total], options: try WorkerOptions(concurrency: 1)) {
      let plan = try await fixture.ended(total, Whole(count: 5))
      #expect(try total.result(of: plan) == "total [2, 4, 6, 8, 10] 6")
    }
  }

  @Test("are not needed: without any, the second closure runs at once")
  func none() async throws {
    let fixture = fixture
    let total = try TypedAction("local/total", taking: NoValue.self, description: "Total")
      .execute { _ in
        []
      } then: { run in
        #expect(run.children.isEmpty)
      }
      .apply { _ in "applied" }
    try await fixture.withWorker([total]) {
      let plan = try await fixture.ended(total, NoValue())
      #expect(try total.result(of: plan) == "applied")
    }
  }

  @Test("that failed give the reason instead of a result")
  func failures() async throws {
    let fixture = fixture
    let sum = try sum()
    let total = try TypedAction(
      "local/total", taking: NoValue.self, description: "Total", retry: .never
    ).execute(schedule: try ChildSchedule(mode: .sequential)) { _ in
      try [1, -1, 2].map { try ChildSpec(sum, arguments: Part(numbers: [$0])) }
    } then: { run in
      #expect(try sum.result(of: run.children[0].plan) == 1)
      let reasons = run.children.dropFirst().map { child in
        do { return String(try sum.result(of: child.plan)) } catch {
          return (error as? PlanError)?.reason ?? ""
        }
      }
      #expect(
        reasons == ["its phase execute ended with the failure handlerFailed", "it was cancelled"])
      return try run.results(of: sum)
    }
    try await fixture.withWorker([sum, total]) {
      let plan = try await fixture.ended(total, NoValue())
      #expect(plan.status == .executeErrored)
      #expect(plan.progress.failure?.message == "PlanError.noResult")
    }
  }

  @Test("are refused with their key when their arguments are invalid")
  func refused() async throws {
    let fixture = fixture
    let sum = try sum()
    let total = try TypedAction("local/total", taking: NoValue.self, description: "Total")
      .execute { _ in
        [try ChildSpec(sum, arguments: Part(numbers: []), key: "a", dependsOn: ["b"])]
      } then: { _ in
      }
    // Keys are not stored unless the host says so.
    try await fixture.withWorker([sum, total]) {
      let plan = try await fixture.ended(total, NoValue())
      #expect(plan.progress.failure?.code == "outOfRange")
      #expect(plan.progress.failure?.message == "PlanError.outOfRange")
    }
    try await fixture.withWorker([sum, total], redaction: .disabled) {
      let plan = try await fixture.ended(total, NoValue())
      #expect(plan.progress.failure?.code == "outOfRange")
      #expect(plan.progress.failure?.message.contains("children[a]") == true)
    }
  }
}
