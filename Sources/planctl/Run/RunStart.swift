import Foundation
import Planwright

/// The first part of a run: finds or creates its plan, and locks the plan's work folder.
struct RunStart: Sendable {
  /// What follows.
  enum Outcome: Sendable {
    /// The plan runs; its work folder is locked.
    case runs(Plan.ID, WorkFolderUse)
    /// There is nothing to run.
    case ended(CommandResult)
  }

  let system: PlanSystem
  let folders: WorkFolders
  let file: PlanFile
  let action: ActionDefinition
  let given: JSONObject
  let identity: RunIdentity
  let isNew: Bool

  /// What the unit of work has found or created.
  private struct Found: Sendable {
    let earlier: EarlierRun?
    let plan: Plan
    /// An unfinished plan of another version of the file.
    let other: Plan?
  }

  /// Finds the plan of an earlier run, or creates one.
  func start(_ console: Console) async throws -> Outcome {
    let found: Found
    do { found = try await findOrCreate() } catch let error as PlanError
      where error.code == .actionArchived
    { throw try await refusal(error) }
    if let other = found.other {
      console.error(
        """
        note: plan \(other.id) of an earlier version of this action or its programs has not ended \
        and is not continued; 'planctl cancel \(other.id) --reason TEXT' ends it

        """)
    }
    let plan = found.plan
    switch found.earlier {
    case nil: console.error("\(action.name) \(plan.id)\n")
    case .unfinished: console.error("\(action.name) \(plan.id), continued at \(plan.status)\n")
    case .failed: return .ended(failed(plan))
    case .unprinted: break
    }
    let root = plan.id.description
    guard let use = try await lock(root, console) else {
      throw CommandError(
        .conflict,
        "another planctl is working on plan \(root), 'planctl status \(root)' shows which; wait for "
          + "it, or end it with Ctrl-C")
    }
    if case .unprinted = found.earlier {
      use.end()
      return .ended(Self.printing(plan, folders))
    }
    try folders.markResultPending(root: root)
    _ = try await system.plans.write { try $0.releaseLeases(inTreeOf: plan.id) }
    return .runs(plan.id, use)
  }

  private func findOrCreate() async throws -> Found {
    try await system.plans.write { transaction in
      if !isNew, let earlier = try transaction.earlierRun(identity, folders) {
        return Found(earlier: earlier, plan: earlier.plan, other: nil)
      }
      let other = isNew ? nil : try transaction.unfinishedOfOtherVersion(identity)
      for action in file.actions { try transaction.register(action) }
      let plan = try transaction.use(
        PlanUse(
          action: action.name, arguments: given, labels: identity.labels,
          createdBy: RunCommand.name))
      return Found(earlier: nil, plan: plan, other: other)
    }
  }

  /// Locks the work folder; waits for the programs of an earlier run, which its reaper ends.
  private func lock(_ root: String, _ console: Console) async throws -> WorkFolderUse? {
    for attempt in 0..<200 {
      if let use = try WorkFolderUse(of: root, in: folders, shared: false) { return use }
      if attempt == 0 { console.error("waiting for the programs of an earlier run to end\n") }
      try await Task.sleep(for: .milliseconds(50))
    }
    return nil
  }

  /// The error for an action that accepts no more plans: of one that was for one use, the plan.
  private func refusal(_ error: PlanError) async throws -> any Error {
    let name = action.name
    let used = try await system.plans.read { snapshot in
      try snapshot.plans(matching: PlanQuery(PlanFilter(action: name), limit: PageLimit(1))).rows
    }.first
    guard let plan = used, !action.reusable else { return error }
    let next =
      !plan.isFinal && plan.status.isSettled
      ? plan.status.state == .constrained
        ? plan.recovery : "'planctl retry \(plan.id)' tries it again"
      : "'planctl status \(plan.id)' shows it"
    return CommandError(
      .conflict,
      "the action \(name) is for one use, and plan \(plan.id) has used it; it is at "
        + "\(plan.status); \(next)")
  }

  private func failed(_ plan: Plan) -> CommandResult {
    let why = plan.progress.failure.map { ": \($0.message)" } ?? ""
    let another = action.reusable ? "; --new creates another plan" : ""
    let next =
      plan.status.state == .constrained
      ? "It could not be applied: \(plan.recovery); then this command runs it"
      : "'planctl retry \(plan.id)' tries it again, and then this command runs it"
    return CommandResult(
      status: .failed, data: plan.summary,
      messages: [
        "Plan \(plan.id) of this command is at \(plan.status)\(why)\n\(next)\(another)."
      ])
  }

  /// The result of a plan that has succeeded; afterwards its scratch folder is removed.
  static func printing(_ plan: Plan, _ folders: WorkFolders) -> CommandResult {
    let root = plan.id.description
    var result = CommandResult(data: plan.summary)
    result.messages = [
      "plan \(plan.id) of this command has ended at \(plan.status), but its result was not printed "
        + "yet; this is it"
    ]
    result.show(plan.progress.result(of: plan.status.phase))
    result.whenPrinted = { _ = folders.finish(root: root) }
    return result
  }
}

extension EarlierRun {
  /// The plan.
  var plan: Plan {
    switch self {
    case .unfinished(let plan), .failed(let plan), .unprinted(let plan): plan
    }
  }
}

extension CommandResult {
  /// Shows the result of a phase, if there is one.
  mutating func show(_ value: JSONValue?) {
    guard let value, value != .null else { return }
    data = value
    text = value.pretty().escapedJSON + "\n"
  }
}
