import PlanDomain
import PlanStorage

/// Rules of siblings, slots and trees.
extension RuleMutant {
  static var ofChildren: [RuleMutant] {
    slots + [
      RuleMutant("the end of a child is not counted", in: ["two-folded"]) { mutant in
        mutant.hindersProgress()
        mutant.save = changingRound { now, before in now.with(ended: before.ended) }
      },
      RuleMutant("the end of a child is counted twice", in: ["two-parallel-2"]) { mutant in
        mutant.save = changingRound { now, before in
          now.with(ended: min(now.total, 2 * now.ended - before.ended))
        }
      },
      RuleMutant("a parent does not resume", in: ["one-child"]) { mutant in
        mutant.hindersProgress()
        mutant.save = { after, before, _ in
          guard before.status == .executeWaiting, after.status == .executeQueued else {
            return after
          }
          return before
        }
        mutant.append = { $0.command == .resume ? nil : $0 }
      },
      RuleMutant("a parent resumes one child too early", in: ["two-parallel-2"]) { mutant in
        mutant.read = { plan, step in
          guard plan.status == .executeWaiting, let round = plan.progress.round,
            case .work(_, .failForGood, _) = step, round.total > 1
          else { return plan }
          return plan.falsified { $0.round = round.with(total: round.total - 1) }
        }
      },
      RuleMutant("a dependency is not met by success", in: ["chain-1"]) { mutant in
        mutant.dependents = { _, found, _ in found.filter { !$0.awaitsSlot || $0.isLast } }
      },
      RuleMutant("no dependent is told of an end", in: ["chain-1"]) { mutant in
        mutant.dependents = { _, _, _ in [] }
      },
      RuleMutant("dependents at one remove go on after a failure", in: ["chain-1"]) { mutant in
        mutant.dependents = { _, found, _ in found.filter { !$0.isLast } }
      },
      RuleMutant("a round does not fail fast", in: ["two-parallel-2-fail-fast"]) { mutant in
        mutant.siblings = { _ in [] }
      },
      RuleMutant("a sequence goes on after a failure", in: ["two-sequential"]) { mutant in
        mutant.siblings = { _ in [] }
      },
    ]
  }

  private static var slots: [RuleMutant] {
    [
      RuleMutant("an ended child keeps its slot", in: ["two-parallel-1"]) { mutant in
        mutant.save = changingRound { now, before in now.with(holding: before.holding) }
      },
      RuleMutant("a free slot is not given away", in: ["two-parallel-1"]) { mutant in
        mutant.hindersProgress()
        mutant.startable = { (_, _, _, _) throws(StorageError) in [] }
      },
      RuleMutant("more slots are given than there are", in: ["three-parallel-1"]) { mutant in
        mutant.startable = { (work, parent, round, limit) throws(StorageError) in
          try work.startableChildren(of: parent, round: round, limit: limit + 1)
        }
      },
      RuleMutant("all children start at once", in: ["two-parallel-1"]) { mutant in
        mutant.insert = { plan in plan.falsified { $0.readyAt = plan.progress.updatedAt } }
      },
      RuleMutant("a child starts before its dependencies", in: ["chain-2"]) { mutant in
        mutant.insert = { plan in
          plan.falsified { $0.unmetDependencies = 0 }
        }
      },
      RuleMutant("a child that is retried takes a slot unasked", in: ["two-parallel-1"]) { mutant in
        mutant.save = { after, before, step in
          guard case .operate(_, .retry, _) = step, after.awaitsSlot else { return after }
          return after.falsified { $0.readyAt = after.progress.updatedAt }
        }
      },
      RuleMutant("a child that fails loses its slot", in: ["one-child"]) { mutant in
        mutant.save = { after, _, step in
          guard case .work(let name, .fail, _) = step, name != "root",
            after.definition.position != nil, after.status.state == .queued
          else { return after }
          return after.falsified { $0.readyAt = nil }
        }
      },
      RuleMutant("notBefore has no effect on a child", in: ["one-child-not-before"]) { mutant in
        mutant.insert = { plan in
          guard plan.definition.position != nil else { return plan }
          return plan.falsified { $0.readyAt = plan.progress.updatedAt }
        }
      },
    ]
  }

  static var ofTrees: [RuleMutant] {
    [
      RuleMutant("a cancellation leaves the children", in: ["one-child"]) { mutant in
        mutant.pages = { _ in [] }
      },
      RuleMutant("a cancellation leaves the grandchildren", in: ["three-levels"]) { mutant in
        mutant.pages = { $0.filter { $0.definition.depth < 2 } }
      },
      RuleMutant("a revert keeps counting the children", in: ["one-child"]) { mutant in
        mutant.save = { after, before, step in
          guard case .operate(_, .revert, _) = step else { return after }
          return after.falsified { $0.round = before.progress.round }
        }
      },
      RuleMutant("a child is retried after its parent went on", in: ["one-child"]) { mutant in
        mutant.read = { plan, step in
          guard case .operate("root/a", .retry, _) = step, plan.progress.round != nil else {
            return plan
          }
          return plan.falsified { $0.status = .executeWaiting }
        }
      },
    ]
  }

  private static func changingRound(
    _ change: @escaping @Sendable (ChildRound, ChildRound) -> ChildRound
  ) -> Save {
    { after, before, _ in
      guard let now = after.progress.round, let old = before.progress.round,
        now.number == old.number, before.status == .executeWaiting,
        after.status.state != .cancelled
      else { return after }
      return after.falsified { $0.round = change(now, old) }
    }
  }
}

extension Plan {
  /// Whether this is the child with the key `c`.
  fileprivate var isLast: Bool { definition.position?.key == "c" }
}

extension ChildRound {
  fileprivate func with(
    total: Int? = nil, ended: Int? = nil, holding: Int? = nil
  ) -> ChildRound {
    ChildRound(
      number: number, schedule: schedule, total: total ?? self.total, ended: ended ?? self.ended,
      holding: holding ?? self.holding)
  }
}
