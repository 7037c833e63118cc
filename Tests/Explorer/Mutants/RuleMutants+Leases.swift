import PlanDomain

/// Rules of leases, epochs and the clock.
extension RuleMutant {
  static var ofLeases: [RuleMutant] {
    [
      RuleMutant("a claim does not count the epoch", in: ["one-plan"]) { mutant in
        mutant.save = keepingEpoch { $1.progress.lease == nil && $0.progress.lease != nil }
      },
      RuleMutant("a release does not count the epoch", in: ["one-plan"]) { mutant in
        mutant.save = keepingEpoch(of: [.release, .postpone])
      },
      RuleMutant("a reclaim does not count the epoch", in: ["one-plan"]) { mutant in
        mutant.save = { after, before, step in
          guard case .reclaim = step else { return after }
          return after.falsified { $0.epoch = before.progress.epoch }
        }
      },
      RuleMutant("an eviction does not count the epoch", in: ["one-plan"]) { mutant in
        mutant.save = keepingEpoch(of: .evict)
      },
      RuleMutant("a cancellation does not count the epoch", in: ["one-plan"]) { mutant in
        mutant.save = keepingEpoch(of: .cancel)
      },
      RuleMutant("the token is not checked", in: ["one-plan"]) { mutant in
        mutant.step = { step, _ in
          guard case .work(let plan, let command, _) = step else { return step }
          return .work(plan, command)
        }
      },
      RuleMutant("a completed plan keeps its lease", in: ["one-plan-manual"]) { mutant in
        mutant.save = { after, before, step in
          guard case .work(_, .complete, _) = step else { return after }
          return after.falsified { $0.lease = before.progress.lease }
        }
      },
      RuleMutant("a cancelled plan keeps its lease", in: ["one-plan"]) { mutant in
        mutant.save = { after, before, step in
          guard case .operate(_, .cancel, _) = step else { return after }
          return after.falsified { $0.lease = before.progress.lease }
        }
      },
      RuleMutant("a parent that waits keeps its lease", in: ["one-child"]) { mutant in
        mutant.hindersProgress()
        mutant.save = { after, before, step in
          guard case .work(_, .spawn, _) = step else { return after }
          return after.falsified { $0.lease = before.progress.lease }
        }
      },
    ]
  }

  static var ofTimes: [RuleMutant] {
    [
      RuleMutant("a lease is reclaimed before it expires", in: ["one-plan"]) { mutant in
        mutant.isAlwaysDue = true
        mutant.read = { plan, step in
          guard case .reclaim = step, let lease = plan.progress.lease else { return plan }
          let past = Timestamp(microseconds: 0)
          return plan.falsified { $0.lease = Lease(owner: lease.owner, expiresAt: past) }
        }
      },
      RuleMutant("a plan is claimed before it is ready", in: ["one-plan"]) { mutant in
        mutant.read = { plan, step in
          guard case .claim = step, plan.progress.readyAt != nil else { return plan }
          return plan.falsified { $0.readyAt = Timestamp(microseconds: 0) }
        }
      },
      RuleMutant("a child without a slot is expedited", in: ["two-parallel-1"]) { mutant in
        mutant.read = { plan, step in
          guard case .operate(_, .expedite, _) = step, plan.awaitsSlot else { return plan }
          return plan.falsified { $0.readyAt = Timestamp(microseconds: .max) }
        }
      },
      RuleMutant("an attempt is renewed after its end", in: ["one-plan-time-out"]) { mutant in
        mutant.read = { plan, step in
          guard case .work(_, .renew, _) = step, let lease = plan.progress.lease,
            let end = lease.end
          else { return plan }
          let later = end.adding(.seconds(9))
          return plan.falsified {
            $0.lease = Lease(owner: lease.owner, expiresAt: lease.expiresAt, end: later)
          }
        }
      },
      RuleMutant("a lease outlasts the end of its attempt", in: ["one-plan-time-out"]) { mutant in
        mutant.save = { after, _, step in
          guard case .work(_, .renew, _) = step, let lease = after.progress.lease else {
            return after
          }
          let later = lease.expiresAt.adding(.seconds(1))
          return after.falsified {
            $0.lease = Lease(owner: lease.owner, expiresAt: later, end: lease.end)
          }
        }
      },
      RuleMutant("a claim sets no end of the attempt", in: ["one-plan-time-out"]) { mutant in
        mutant.save = { after, _, step in
          guard case .claim = step, let lease = after.progress.lease else { return after }
          return after.falsified {
            $0.lease = Lease(owner: lease.owner, expiresAt: lease.expiresAt)
          }
        }
      },
      RuleMutant("a failed attempt is followed by the next at once", in: ["one-plan"]) { mutant in
        mutant.save = readyNow(after: [.fail])
      },
      RuleMutant("retry-after has no effect", in: ["one-plan"]) { mutant in
        mutant.save = readyNow(after: [.failLater])
      },
      RuleMutant("a postponed plan is ready at once", in: ["one-plan"]) { mutant in
        mutant.save = readyNow(after: [.postpone])
      },
      RuleMutant("expediting has no effect", in: ["one-plan"]) { mutant in
        mutant.save = { after, before, step in
          guard case .operate(_, .expedite, _) = step else { return after }
          return after.falsified { $0.readyAt = before.progress.readyAt }
        }
      },
    ]
  }

  private static func keepingEpoch(
    _ isMeant: @escaping @Sendable (Plan, Plan) -> Bool
  ) -> Save {
    { after, before, _ in
      isMeant(after, before) ? after.falsified { $0.epoch = before.progress.epoch } : after
    }
  }

  private static func keepingEpoch(of commands: [WorkCommand]) -> Save {
    { after, before, step in
      guard case .work(_, let command, _) = step, commands.contains(command) else { return after }
      return after.falsified { $0.epoch = before.progress.epoch }
    }
  }

  private static func keepingEpoch(of command: OperatorCommand) -> Save {
    { after, before, step in
      guard case .operate(_, command, _) = step else { return after }
      return after.falsified { $0.epoch = before.progress.epoch }
    }
  }

  private static func readyNow(after commands: [WorkCommand]) -> Save {
    { after, _, step in
      guard case .work(_, let command, _) = step, commands.contains(command),
        after.status.state == .queued
      else { return after }
      return after.falsified { $0.readyAt = after.progress.updatedAt }
    }
  }
}
