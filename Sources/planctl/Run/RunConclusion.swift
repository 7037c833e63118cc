import Planwright

/// What a run says at its end.
struct RunConclusion: Sendable {
  let plan: Plan
  let elapsed: String
  let location: String
  let isDurable: Bool

  /// The result of the command; `leases` names plans whose leases were not released.
  func result(
    _ standing: TreeStanding?, _ signal: Int32?, leases: [String]
  ) -> CommandResult {
    var result = CommandResult(data: plan.summary)
    if plan.hasSucceeded {
      result.messages.append("\(plan.status) after \(elapsed)")
      result.show(plan.progress.result(of: plan.status.phase))
    } else if plan.status.state == .complete {
      wait(for: [plan], &result)
    } else if plan.status.isSettled {
      fail(&result)
    } else if let signal {
      result.status = .interrupted(signal: signal)
      result.messages.append(interrupted(leases))
    } else if case .waitsForApproval(let plans) = standing {
      wait(for: plans, &result)
    } else if case .isUnserved(let plans) = standing {
      isUnserved(plans, &result)
    } else {
      result.status = .failed
      result.messages.append("The run has ended at \(plan.status) of plan \(plan.id).")
    }
    return result
  }

  private func fail(_ result: inout CommandResult) {
    let why = plan.progress.failure.map { ": \($0.message)" } ?? ""
    result.status = .failed
    result.messages.append("The plan ended at \(plan.status) after \(elapsed)\(why)")
    if !plan.isFinal, isDurable {
      result.messages.append(
        plan.status.state == .constrained
          ? "It could not be applied: \(plan.recovery). Then the same command runs it."
          : "'planctl retry \(plan.id)' tries it again, and then the same command runs it.")
    }
  }

  private func interrupted(_ leases: [String]) -> String {
    let released =
      leases.isEmpty
      ? "the leases were released"
      : "the leases of \(leases.joined(separator: ", ")) were not released and expire soon"
    let kept = isDurable ? "" : ", which ends with this process"
    return """
      Interrupted at \(plan.status); \(released).
      The plan is stored in \(location)\(kept). \
      Run the same command to \(isDurable ? "continue it" : "start again").
      """
  }

  /// Says which plans wait for an approval, and which commands go on.
  private func wait(for plans: [Plan], _ result: inout CommandResult) {
    result.status = .waitsForApproval
    for plan in plans {
      result.messages.append(
        "\(plan.displayName) is at \(plan.status), where its automation stops; "
          + "it waits for approval: planctl advance \(plan.id)")
    }
    result.messages.append(
      isDurable
        ? "Then the same command continues the plan." : "The store ends with this process.")
    result.data = .object([
      ("plan", plan.summary), ("waiting", .array(plans.map(\.summary))),
    ])
  }

  /// Says which plans have an actor whose program is not that of the file.
  private func isUnserved(_ plans: [Plan], _ result: inout CommandResult) {
    result.status = .conflict
    for actor in Set(plans.map(\.actor)).sorted() {
      let names = plans.filter { $0.actor == actor }.prefix(3).map { "'\($0.displayName)'" }
      result.messages.append(
        """
        \(names.joined(separator: ", ")) wait for the actor '\(actor)', whose program has changed \
        since the plan was created, or belongs to another file; \
        'planctl worker --actors FILE --accept \(actor)=\(actor.nameInFile)' plays it with the \
        program of FILE
        """)
    }
    result.data = .object([
      ("plan", plan.summary), ("unserved", .array(plans.map(\.summary))),
    ])
  }
}
