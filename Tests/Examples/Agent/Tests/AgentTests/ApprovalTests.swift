import Planwright
import PlanwrightTesting
import Testing

@testable import agent

@Suite("A task of the agent", .timeLimit(.minutes(30)))
struct ApprovalTests {
  /// An agent on a fresh store.
  private struct Fixture {
    let test: TestSystem
    let tools: RecordingTools
    let actions: AgentActions
    let queue: ApprovalQueue

    init(failures: [String: Int] = [:], model: any Model = RuleModel()) throws {
      test = try TestSystem(.sqlite)
      let tools = RecordingTools(failures: failures)
      self.tools = tools
      actions = try AgentActions(model: model, tools: tools.tools) { await tools.publish($0) }
      queue = ApprovalQueue(system: test.system, actions: actions)
    }

    /// Gives the agent a task, and lets the model propose.
    func propose(_ goal: String, limit: Int = 100) async throws -> PlanHandle<String> {
      try await test.system.register(actions.all)
      let task = try await test.plans.use(
        actions.task, arguments: AgentTask(goal: goal, limit: limit))
      try await run()
      return task
    }

    func run() async throws { try await test.runUntilIdle(actions.all) }

    /// The only proposal that waits.
    func pending() async throws -> PendingProposal {
      let pending = try await queue.pending()
      return try #require(pending.count == 1 ? pending.first : nil)
    }
  }

  @Test("waits for a person, and calls no tool before it is approved")
  func approval() async throws {
    let fixture = try Fixture()
    let task = try await fixture.propose("red blue")
    #expect(await fixture.tools.inputs == [])
    let pending = try await fixture.pending()
    #expect(pending.goal == "red blue")
    #expect(pending.proposal.steps.map(\.input) == ["red", "blue"])
    try await fixture.queue.approve(pending, steps: [1, 2], by: "anna")
    try await fixture.run()
    #expect(try await task.result() == "<red>\n<blue>")
    #expect(await fixture.tools.published == ["<red>\n<blue>"])
    let approvals = try await fixture.test.plans.read { try $0.events(of: task.id) }
      .filter { $0.by == "anna" }
    #expect(approvals.map(\.command) == [.advance])
    #expect(try await fixture.queue.next(of: task) == nil)
  }

  @Test("calls no tool of a step that the person left out")
  func selection() async throws {
    let fixture = try Fixture()
    let task = try await fixture.propose("red green blue")
    try await fixture.queue.approve(try await fixture.pending(), steps: [1, 3], by: "anna")
    try await fixture.run()
    #expect(try await task.result() == "<red>\n<blue>")
    #expect(await fixture.tools.inputs == ["red", "blue"])
  }

  @Test("goes back to the model when it is refused, with the reason, and then waits again")
  func refusal() async throws {
    let fixture = try Fixture()
    let task = try await fixture.propose("red blue")
    try await fixture.queue.refuse(
      try await fixture.pending(), reason: "that is too much", by: "anna")
    try await fixture.run()
    #expect(await fixture.tools.inputs == [])
    let second = try await fixture.pending()
    #expect(second.plan == task.id)
    #expect(second.proposal.steps.map(\.input) == ["red"])
    try await fixture.queue.approve(second, steps: [1], by: "anna")
    try await fixture.run()
    #expect(try await task.result() == "<red>")
  }

  @Test("calls no tool after it was cancelled")
  func cancellation() async throws {
    let fixture = try Fixture()
    let task = try await fixture.propose("red blue")
    try await fixture.queue.cancel(try await fixture.pending(), reason: "no", by: "anna")
    try await fixture.run()
    #expect(await fixture.tools.inputs == [])
    #expect(try await fixture.queue.pending().isEmpty)
    await #expect { try await task.result() } throws: { error in
      (error as? PlanError)?.code == .planCancelled
    }
  }

  @Test("refuses a decision about a proposal that is not the latest")
  func staleDecision() async throws {
    let fixture = try Fixture()
    _ = try await fixture.propose("red blue")
    let first = try await fixture.pending()
    try await fixture.queue.refuse(first, reason: "too much", by: "anna")
    try await fixture.run()
    await #expect { try await fixture.queue.approve(first, steps: [1, 2], by: "bert") } throws: {
      ($0 as? PlanError)?.code == .versionConflict
    }
    try await fixture.run()
    #expect(await fixture.tools.inputs == [])
  }

  @Test("repeats a call that fails, with the same key, and no other call")
  func retry() async throws {
    let fixture = try Fixture(failures: ["blue": 2])
    let task = try await fixture.propose("red blue green")
    try await fixture.queue.approve(try await fixture.pending(), steps: [1, 2, 3], by: "anna")
    try await fixture.run()
    #expect(try await task.result() == "<red>\n<blue>\n<green>")
    let calls = await fixture.tools.calls
    #expect(calls.map(\.input) == ["red", "blue", "blue", "blue", "green"])
    #expect(Set(calls.map(\.key)).count == 3)
  }

  @Test("ends when a call fails for good, without the calls after it")
  func failure() async throws {
    let fixture = try Fixture(failures: ["blue": 3])
    let task = try await fixture.propose("red blue green")
    try await fixture.queue.approve(try await fixture.pending(), steps: [1, 2, 3], by: "anna")
    try await fixture.run()
    #expect(await fixture.tools.inputs == ["red", "blue", "blue", "blue"])
    #expect(await fixture.tools.published == [])
    await #expect { try await task.result() } throws: { ($0 as? PlanError)?.key == "toolFailed" }
    #expect(try await fixture.queue.next(of: task) == nil)
  }

  @Test("does not repeat a call of a tool that does not exist")
  func unknownTool() async throws {
    struct DreamingModel: Model {
      func propose(_ goal: String, objection: String?) -> Proposal {
        Proposal(steps: [Step(tool: "teleport", input: goal)])
      }
    }
    let fixture = try Fixture(model: DreamingModel())
    let task = try await fixture.propose("home")
    try await fixture.queue.approve(try await fixture.pending(), steps: [1], by: "anna")
    try await fixture.run()
    let call = try await fixture.test.plans.read { try $0.children(of: task.id) }.first
    #expect(call?.progress.attempt == 1)
    #expect(call?.progress.failure?.code == "noSuchTool")
  }

  @Test("whose report may not be published goes back to the model, and to the person")
  func constraint() async throws {
    let fixture = try Fixture()
    let task = try await fixture.propose("red blue", limit: 8)
    try await fixture.queue.approve(try await fixture.pending(), steps: [1, 2], by: "anna")
    try await fixture.run()
    #expect(await fixture.tools.published == [])
    let second = try await fixture.pending()
    #expect(second.proposal.steps.map(\.input) == ["red"])
    try await fixture.queue.approve(second, steps: [1], by: "anna")
    try await fixture.run()
    #expect(try await task.result() == "<red>")
    #expect(await fixture.tools.published == ["<red>"])
  }
}
