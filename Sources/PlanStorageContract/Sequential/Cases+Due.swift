import PlanDomain
import PlanStorage

/// Due lists: excluded plans, and the actors of queued plans.
extension Cases {
  static let due: [CaseDefinition] = [
    CaseDefinition(
      "queue.excluding", "Due lists do not contain excluded plans, which do not count for the limit"
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
      for indices in [[], [0], [0, 1], [1, 3], [0, 1, 2, 3, 4, 5]] as [[Int]] {
        let excluded = Set(indices.flatMap { [ready[$0].id, leased[$0].id, final[$0].id] })
        for limit in [1, 2, 99] {
          let found = try engine.read { session in
            (
              try session.readyPlans(for: actors, at: .far, limit: limit, excluding: excluded),
              try session.expiredLeases(at: .far, limit: limit, excluding: excluded),
              try session.finalRoots(endedBefore: .far, limit: limit, excluding: excluded)
            )
          }
          let what = "excluding \(indices), at most \(limit)"
          func rest(_ plans: [Plan]) -> [Plan] {
            Array(plans.filter { !excluded.contains($0.id) }.prefix(limit))
          }
          try context.expect(found.0.plans, are: rest(ready), "ready: \(what)")
          try context.expect(found.1.plans, are: rest(leased), "leases: \(what)")
          try context.expect(found.2.plans, are: rest(final), "final: \(what)")
          let unreadable = found.0.unreadable + found.1.unreadable + found.2.unreadable
          try context.expect(unreadable.count, is: 0, "unreadable: \(what)")
        }
        let first = (0..<6).first { !indices.contains($0) }.map { Sample.time(Int64($0)) }
        let (next, expiry) = try engine.read { session in
          (
            try session.nextReadyAt(for: actors, excluding: excluded),
            try session.nextLeaseExpiry(excluding: excluded)
          )
        }
        try context.expect(next, is: first, "next ready: excluding \(indices)")
        try context.expect(expiry, is: first, "next lease expiry: excluding \(indices)")
      }
    },
    CaseDefinition(
      "queue.actors",
      "The actors of queued plans that have a `readyAt`, each once, in the order of their names"
    ) { context in
      let engine = try context.openFresh()
      let names = ["%", "Apply", "apply", "build", "ready", "~"]
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
      let expected = try ["%", "apply", "ready"].map { try ActorName($0) }
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
