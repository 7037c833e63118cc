import Planwright

/// The arguments of a task.
struct AgentTask: Codable {
  let goal: String
  /// The longest report that may be published, in characters.
  let limit: Int
}

/// What a person decided about a proposal.
struct Approval: Codable {
  /// The numbers of the steps to carry out, from 1.
  let steps: [Int]
}

/// The two actions of an agent: a task, and each call of a tool as a child.
///
/// The model proposes (strategize), a person approves, the tools are called (execute), and the
/// report is published (apply). Only the first step waits for a person. A report that may not be
/// published takes the task back to the model, with the reason, and then to the person again.
struct AgentActions {
  let task: TypedAction<AgentTask, String>
  let call: TypedAction<Step, String>

  /// Both, for the store and for a worker.
  var all: [any ExecutableAction] { [task, call] }

  /// Creates the actions of this model and these tools; `publish` must be idempotent.
  init(
    model: any Model, tools: Tools, publish: @escaping @Sendable (String) async throws -> Void
  ) throws {
    let call = try Self.call(of: tools)
    self.call = call
    task = try TypedAction(
      "agent/task", taking: AgentTask.self, description: "{goal}",
      definitionOfDone: "A report of at most {limit} characters is published",
      automation: Automation(
        advanceToExecute: false, advanceToApply: true, revertWhenConstrained: true)
    ).strategize { run in
      try await model.propose(run.arguments.goal, objection: run.assignment.lastRevert)
    }.execute(schedule: try ChildSchedule(mode: .sequential)) { run in
      try Self.approved(of: run.previous, by: run.input(as: Approval.self))
        .map { number, step in try ChildSpec(call, arguments: step, key: Key("step-\(number)")) }
    } then: { run in
      if let failed = run.children.first(where: { !$0.hasSucceeded }) {
        // The children of this attempt have ended: another attempt would find the same.
        let code = failed.failure?.code.description ?? failed.status.description
        throw PhaseExit(
          .fail(
            try Plan.Failure(
              code: "toolFailed", message: "\(failed.key) ended with \(code)", isRetryable: false)))
      }
      return try run.results(of: call).joined(separator: "\n")
    }.apply { run in
      let (report, limit) = (run.previous, run.arguments.limit)
      guard report.count <= limit else {
        throw PhaseExit(
          .constrain(reason: "the report has \(report.count) characters, and \(limit) may be used"))
      }
      try await publish(report)
      return report
    }
  }

  /// The action of a call, which is tried three times.
  private static func call(of tools: Tools) throws -> TypedAction<Step, String> {
    try TypedAction(
      "agent/call", taking: Step.self, description: "Call {tool}",
      retry: RetryPolicy(attempts: 3, base: .seconds(1), cap: .seconds(60)),
      attemptTimeout: .seconds(120)
    ).execute { run in
      do {
        // The plan's id is the same in every attempt, so it identifies the call.
        return try await tools.call(run.arguments, key: "\(run.plan.id)")
      } catch let error as Tools.UnknownTool {
        throw PhaseExit(
          .fail(try Plan.Failure(code: "noSuchTool", message: error.name, isRetryable: false)))
      }
    }
  }

  /// The steps that the person left in the proposal, with their numbers; all without a selection.
  private static func approved(
    of proposal: Proposal, by approval: Approval?
  ) -> [(number: Int, step: Step)] {
    zip(1..., proposal.steps).filter { approval?.steps.contains($0.0) ?? true }
      .map { ($0.0, $0.1) }
  }
}
