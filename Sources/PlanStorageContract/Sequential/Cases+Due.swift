import PlanDomain
import PlanStorage

/// What the lists of due plans promise to a caller that leaves plans out.
extension Cases {
  static let due: [ContractPromise] = [
    ContractPromise(
      "queue.excluding", "The lists of what is due leave the excluded plans out, whatever the limit"
    ) { context in
      let (engine, action) = try context.withAction()
      let ready = try (0..<6).map { number in
        try Sample.plan(UInt64(10 - number), of: action, readyAt: Int64(number))
      }
      let leased = try (0..<6).map { number in
        try Sample.plan(
          UInt64(20 + number), of: action, status: .executeProcessing, expiresAt: Int64(number))
      }
      let final = try (0..<6).map { number in
        try Sample.plan(
          UInt64(30 + number), of: action, status: .applyApplied, endedAt: Int64(number))
      }
      try engine.write { work in for plan in ready + leased + final { try work.insert(plan) } }
      let actors = [action.snapshot.actors.strategy]
      for left in [[], [0], [0, 1], [1, 3], [0, 1, 2, 3, 4, 5]] as [[Int]] {
        let excluded = Set(left.flatMap { [ready[$0].id, leased[$0].id, final[$0].id] })
        for limit in [1, 2, 99] {
          let found = try engine.read { session in
            (
              try session.readyPlans(for: actors, at: .far, limit: limit, excluding: excluded),
              try session.expiredLeases(at: .far, limit: limit, excluding: excluded),
              try session.finalRoots(endedBefore: .far, limit: limit, excluding: excluded)
            )
          }
          let what = "all but \(left), at most \(limit)"
          func rest(_ plans: [Plan]) -> [Plan] {
            Array(plans.filter { !excluded.contains($0.id) }.prefix(limit))
          }
          try context.expect(found.0.plans, are: rest(ready), "ready: \(what)")
          try context.expect(found.1.plans, are: rest(leased), "leases: \(what)")
          try context.expect(found.2.plans, are: rest(final), "final: \(what)")
          let unreadable = found.0.unreadable + found.1.unreadable + found.2.unreadable
          try context.expect(unreadable.count, is: 0, "unreadable: \(what)")
        }
        let first = (0..<6).first { !left.contains($0) }.map { Sample.time(Int64($0)) }
        let (next, expiry) = try engine.read { session in
          (
            try session.nextReadyAt(for: actors, excluding: excluded),
            try session.nextLeaseExpiry(excluding: excluded)
          )
        }
        try context.expect(next, is: first, "next ready: all but \(left)")
        try context.expect(expiry, is: first, "next expiry: all but \(left)")
      }
    },
    ContractPromise(
      "queue.actors", "The actors for whom a plan is queued that has a `readyAt`, by their names"
    ) { context in
      let engine = try context.openFresh()
      let names = ["%", "Ann", "ann", "bob", "ready", "~"]
      for (number, name) in names.enumerated() {
        let action = try Sample.action("kit/a\(number)", actor: name)
        let plans = try [
          Sample.plan(UInt64(10 * number), of: action, readyAt: number % 2 == 0 ? 5 : nil),
          Sample.plan(UInt64(10 * number + 1), of: action, status: .executeProcessing),
          Sample.plan(UInt64(10 * number + 2), of: action, readyAt: number % 2 == 0 ? 7 : nil),
        ]
        try engine.write { work in
          try work.insert(action)
          for plan in plans { try work.insert(plan) }
        }
      }
      let expected = try ["%", "ann", "ready"].map { try ActorName($0) }
      for (after, limit) in [(nil, 9), (nil, 2), ("%", 9), ("%", 1), ("b", 9), ("zz", 9)]
        as [(String?, Int)]
      {
        let actor = try after.map { try ActorName($0) }
        let found = try engine.read { try $0.queuedActors(after: actor, limit: limit) }
        let rest = expected.filter { name in actor.map { $0 < name } ?? true }.prefix(limit)
        try context.expect(
          found, is: Array(rest), "actors after \(after ?? "nothing"), at most \(limit)")
      }
    },
  ]
}
