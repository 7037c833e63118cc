import PlanDomain

/// Rules of attempts, reverts, documents and history.
extension RuleMutant {
  static var ofAttempts: [RuleMutant] {
    counting + documents + [
      RuleMutant("the version that an operator saw is not checked", in: ["one-plan"]) { mutant in
        mutant.step = { step, _ in
          guard case .operate(let plan, let command, _) = step else { return step }
          return .operate(plan, command)
        }
      },
      RuleMutant("a claim is not recorded", in: ["one-plan"]) { mutant in
        mutant.append = { $0.command == .claim ? nil : $0 }
      },
      RuleMutant("an expedition is not recorded", in: ["one-plan"]) { mutant in
        mutant.append = { $0.command == .expedite ? nil : $0 }
      },
      RuleMutant("a plan whose action is read-only goes on", in: ["one-plan-read-only"]) { mutant in
        mutant.read = { plan, step in
          guard case .operate(_, .advance, _) = step else { return plan }
          return plan.falsified { $0.definition = $0.definition.withEffects }
        }
      },
      RuleMutant("a final plan is reverted", in: ["one-plan-read-only"]) { mutant in
        mutant.read = { plan, step in
          guard case .operate(_, .revert, _) = step else { return plan }
          return plan.falsified { $0.definition = $0.definition.withEffects }
        }
      },
    ]
  }

  private static var counting: [RuleMutant] {
    [
      RuleMutant("attempts are not limited", in: ["one-plan"]) { mutant in
        mutant.hindersProgress()
        // Each failure is taken for that of the first attempt.
        mutant.read = { plan, step in
          guard case .work(_, .fail, _) = step else { return plan }
          return plan.falsified { $0.attempt = min($0.attempt, 1) }
        }
      },
      RuleMutant("a claim does not count the attempt", in: ["one-plan"]) { mutant in
        mutant.save = { after, before, step in
          guard case .claim = step else { return after }
          return after.falsified { $0.attempt = before.progress.attempt }
        }
      },
      RuleMutant("a release uses up the attempt", in: ["one-plan"]) { mutant in
        mutant.save = { after, before, step in
          guard case .work(_, .release, _) = step else { return after }
          return after.falsified { $0.attempt = before.progress.attempt }
        }
      },
      RuleMutant("a retry keeps the count of attempts", in: ["one-plan"]) { mutant in
        mutant.save = { after, before, step in
          guard case .operate(_, .retry, _) = step else { return after }
          return after.falsified { $0.attempt = before.progress.attempt }
        }
      },
      RuleMutant("waiting for children uses up an attempt", in: ["one-child"]) { mutant in
        mutant.save = { after, before, _ in
          guard before.status == .executeWaiting, after.status == .executeQueued else {
            return after
          }
          return after.falsified { $0.attempt = before.progress.attempt }
        }
      },
      RuleMutant("reverts are not counted", in: ["one-plan"]) { mutant in
        mutant.save = { after, before, _ in
          after.falsified { $0.reversionCount = before.progress.reversionCount }
        }
      },
      RuleMutant("reverts are not limited", in: ["one-plan"]) { mutant in
        mutant.hindersProgress()
        mutant.read = { plan, _ in plan.falsified { $0.reversionCount = 0 } }
      },
    ]
  }

  private static var documents: [RuleMutant] {
    [
      RuleMutant("the result of a phase is not kept", in: ["one-plan"]) { mutant in
        mutant.save = { after, _, step in
          guard case .work(_, .complete, _) = step else { return after }
          return after.falsified { $0.documents = nil }
        }
      },
      RuleMutant("a checkpoint outlives its phase", in: ["one-plan"]) { mutant in
        mutant.save = { after, before, step in
          guard case .work(_, .complete, _) = step else { return after }
          return after.falsified {
            $0.documents = PlanDocuments(
              strategize: $0.documents?.strategize, execute: $0.documents?.execute,
              apply: $0.documents?.apply, checkpoint: before.progress.checkpoint, failure: nil)
          }
        }
      },
      RuleMutant("a retry keeps the failure", in: ["one-plan"]) { mutant in
        mutant.save = { after, before, step in
          guard case .operate(_, .retry, _) = step else { return after }
          return after.falsified { $0.documents = before.progress.documents }
        }
      },
      RuleMutant("a revert keeps the results", in: ["one-plan"]) { mutant in
        mutant.save = { after, before, step in
          guard case .operate(_, .revert, _) = step else { return after }
          return after.falsified { $0.documents = before.progress.documents }
        }
      },
    ]
  }
}

extension PlanDefinition {
  /// The definition as if the action were not read-only.
  fileprivate var withEffects: PlanDefinition {
    let snapshot = ActionSnapshot(
      name: action.name, version: action.version, actors: action.actors,
      invariants: action.invariants, retry: action.retry, readOnly: false,
      attemptTimeout: action.attemptTimeout)
    return PlanDefinition(
      id: id, action: snapshot, description: description, definitionOfDone: definitionOfDone,
      arguments: arguments, defaultedArguments: defaultedArguments, projects: projects,
      automation: automation, idempotencyKey: idempotencyKey, labels: labels, context: context,
      notBefore: notBefore, createdBy: createdBy, createdAt: createdAt, position: position)
  }
}
