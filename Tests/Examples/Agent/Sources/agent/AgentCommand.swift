import Foundation
import Planwright

/// The command: carries out one task, and asks the person at the terminal.
@main
struct AgentCommand {
  static let usage = """
    usage: agent STORE GOAL [LIMIT]

    Asks for a decision about each proposal: yes, the numbers of the steps to carry out as in 1 3,
    no REASON, or cancel. It can be stopped at any time: the same command goes on.

    """

  static func main() async {
    let words = CommandLine.arguments.dropFirst()
    let limit = words.count == 3 ? words.last.flatMap(Int.init) : 200
    guard let store = words.first, let goal = words.dropFirst().first, words.count <= 3, let limit
    else {
      FileHandle.standardError.write(Data(usage.utf8))
      exit(64)
    }
    do { try await run(store: store, AgentTask(goal: goal, limit: limit)) } catch {
      FileHandle.standardError.write(Data("\(error)\n".utf8))
      exit(1)
    }
  }

  private static func run(store: String, _ task: AgentTask) async throws {
    let system = try PlanSystem.open(.sqlite(at: store))
    defer { try? system.close() }
    let actions = try AgentActions(model: RuleModel(), tools: .standard) { report in
      // Publishing again would do no harm, because the file is replaced as a whole.
      try Data(report.utf8).write(to: URL(fileURLWithPath: store + ".report"), options: .atomic)
    }
    try await system.register(actions.all)
    let queue = ApprovalQueue(system: system, actions: actions)
    let worker = try system.worker(named: "agent", actions: actions.all)
    try await worker.run {
      // One task for each store: the same goal finds it again, another one is refused.
      let plan = try await system.plans.use(actions.task, arguments: task, idempotencyKey: "task")
      let person = Person()
      while let pending = try await queue.next(of: plan) {
        say("proposal for: \(pending.goal)")
        for (number, step) in zip(1..., pending.proposal.steps) {
          say("  \(number) \(step.tool) \(step.input)")
        }
        guard let decision = await person.decision(about: pending.proposal) else {
          return say("the proposal waits: the same command asks again")
        }
        try await decide(decision, pending, queue)
      }
      say(try await plan.result())
    }
  }

  private static func decide(
    _ decision: Decision, _ pending: PendingProposal, _ queue: ApprovalQueue
  ) async throws {
    let person = "terminal"
    switch decision {
    case .approve(let steps): try await queue.approve(pending, steps: steps, by: person)
    case .refuse(let reason): try await queue.refuse(pending, reason: reason, by: person)
    case .cancel: try await queue.cancel(pending, reason: "not wanted any more", by: person)
    }
  }

  /// Prints a line at once, also into a pipe.
  private static func say(_ line: String) {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
  }
}
