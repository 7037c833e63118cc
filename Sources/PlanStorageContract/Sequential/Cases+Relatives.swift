import PlanDomain
import PlanStorage

extension Cases {
  static let relatives: [CaseDefinition] = [
    CaseDefinition("children.order", "The children of a round are in spawn order") { context in
      let (engine, action) = try context.withAction()
      let parent = try Sample.plan(1, of: action, status: .executeWaiting)
      // The spawn order is neither that of the ids, nor of the keys, nor of insertion.
      let positions = [(30, "m", 2), (10, "z", 0), (20, "a", 10), (40, "b", 1)]
      let children = try positions.map { number, key, index in
        try Sample.plan(
          UInt64(number), of: action,
          position: Sample.position(below: parent, index: index, key: key))
      }
      let later = try Sample.plan(
        50, of: action, position: Sample.position(below: parent, index: 0, key: "z", round: 2))
      try engine.write { work in
        for plan in [parent] + children + [later] { try work.insert(plan) }
      }
      let found = try engine.read { session in
        try (0...3).map { try session.children(of: parent.id, round: $0) }
      }
      try context.expect(found[0], are: [], "round 0, which no parent spawns")
      try context.expect(
        found[1], are: [children[1], children[3], children[0], children[2]], "the first round")
      try context.expect(found[2], are: [later], "the second round")
      try context.expect(found[3], are: [], "a round that was not spawned yet")
    },
    CaseDefinition(
      "children.startable",
      "The startable children of a round lack only a slot, and are in spawn order"
    ) { context in
      let (engine, action) = try context.withAction()
      let parent = try Sample.plan(1, of: action, status: .executeWaiting)
      func child(
        _ index: Int, _ status: PlanStatus, readyAt: Int64?, unmet: Int, round: Int = 1
      ) throws -> Plan {
        try Sample.plan(
          UInt64(10 * round + 9 - index), of: action, status: status, readyAt: readyAt,
          position: Sample.position(below: parent, index: index, key: "c\(index)", round: round),
          unmet: unmet)
      }
      let children = try [
        child(0, .strategizeQueued, readyAt: nil, unmet: 0),
        child(1, .strategizeQueued, readyAt: 1_000, unmet: 0),
        child(2, .strategizeQueued, readyAt: nil, unmet: 1),
        child(3, .strategizeCancelled, readyAt: nil, unmet: 0),
        child(4, .executeQueued, readyAt: nil, unmet: 0),
        child(5, .strategizeProcessing, readyAt: nil, unmet: 0),
        child(6, .strategizeQueued, readyAt: nil, unmet: 0),
        child(0, .strategizeQueued, readyAt: nil, unmet: 0, round: 2),
      ]
      try engine.write { work in for plan in [parent] + children { try work.insert(plan) } }
      let expected = [children[0], children[4], children[6]]
      for limit in 0...4 {
        let found = try engine.read {
          try $0.startableChildren(of: parent.id, round: 1, limit: limit)
        }
        try context.expect(
          found, are: Array(expected.prefix(limit)), "startable children, at most \(limit)")
      }
      let started = children[0].with(try Sample.progress(.strategizeQueued, version: 1, epoch: 0))
      try engine.write { try $0.save(started, replacing: children[0]) }
      let rest = try engine.read { try $0.startableChildren(of: parent.id, round: 1, limit: 9) }
      try context.expect(rest, are: [children[4], children[6]], "after the first got its slot")
    },
    CaseDefinition(
      "children.dependents",
      "The dependents are the children of a round that depend on the key, in spawn order"
    ) { context in
      let (engine, action) = try context.withAction()
      let parent = try Sample.plan(1, of: action, status: .executeWaiting)
      let needs = [[], ["c0"], ["c0", "c1"], ["c1"], ["c0", "c0"], ["C0"]]
      let children = try needs.enumerated().map { index, keys in
        try Sample.plan(
          UInt64(20 - index), of: action,
          position: Sample.position(below: parent, index: index, key: "c\(index)", dependsOn: keys))
      }
      let later = try Sample.plan(
        30, of: action,
        position: Sample.position(below: parent, index: 0, key: "x", round: 2, dependsOn: ["c0"]))
      try engine.write { work in
        for plan in [parent] + children + [later] { try work.insert(plan) }
      }
      for (key, expected) in [("c0", [1, 2, 4]), ("c1", [2, 3]), ("c3", []), ("C0", [5])] {
        let found = try engine.read {
          try $0.dependents(on: Key(key), parent: parent.id, round: 1)
        }
        try context.expect(found, are: expected.map { children[$0] }, "dependents on \(key)")
      }
    },
  ]

  static let queues: [CaseDefinition] = [
    CaseDefinition(
      "queue.ready.order",
      "Plans with a `readyAt` of `now` or earlier are in its order, then of ids, at most `limit`"
    ) { context in
      let (engine, action) = try context.withAction()
      let times: [Int64] = [500, -7, 500, 0, .max, 1_000, 999, 0, .min, 500]
      let plans = try times.enumerated().map { number, time in
        // The order of the ids is the reverse of the order of insertion.
        try Sample.plan(UInt64(100 - number), of: action, readyAt: time)
      }
      try engine.write { work in for plan in plans { try work.insert(plan) } }
      let order = plans.sorted {
        ($0.progress.readyAt ?? .far, $0.id) < ($1.progress.readyAt ?? .far, $1.id)
      }
      for now in [-8, -7, 0, 500, 999, 1_000, .max] as [Int64] {
        let due = order.filter { $0.progress.readyAt.map { $0 <= Sample.time(now) } ?? false }
        for limit in [0, 1, 3, 99] {
          let found = try engine.read {
            try $0.readyPlans(
              for: [plans[0].actor], at: Sample.time(now), limit: limit)
          }
          try context.expect(
            found, are: Array(due.prefix(limit)), "ready at \(now), at most \(limit)")
        }
      }
    },
    CaseDefinition(
      "queue.ready.actors", "Ready plans are queued, and one of the actors is that of their phase"
    ) { context in
      let engine = try context.openFresh()
      let names = ["apply", "Apply", "build", "it's", "%"]
      var plans: [Plan] = []
      for (number, name) in names.enumerated() {
        let action = try Sample.action("kit/a\(number)", actor: name)
        let status: [PlanStatus] = [
          .strategizeQueued, .executeQueued, .applyQueued, .strategizeProcessing, .executeWaiting,
          .applyApplied, .strategizeErrored,
        ]
        try engine.write { try $0.insert(action) }
        for (index, status) in status.enumerated() {
          let plan = try Sample.plan(
            UInt64(10 * index + number), of: action, status: status, readyAt: Int64(7 * index))
          plans.append(plan)
          try engine.write { try $0.insert(plan) }
        }
        let notReady = try Sample.plan(UInt64(1_000 + number), of: action, readyAt: nil)
        try engine.write { try $0.insert(notReady) }
      }
      let requests = [
        [], ["apply"], ["Apply", "build"], ["%"], ["build", "build"], ["none"], names,
      ]
      for wanted in requests {
        let actors = try wanted.map { try ActorName($0) }
        let expected = plans.filter { $0.status.state == .queued && actors.contains($0.actor) }
          .sorted { ($0.progress.readyAt ?? .far, $0.id) < ($1.progress.readyAt ?? .far, $1.id) }
        let (found, next) = try engine.read { session in
          (
            try session.readyPlans(for: actors, at: .far, limit: 99),
            try session.nextReadyAt(for: actors)
          )
        }
        try context.expect(found, are: expected, "ready for \(wanted)")
        try context.expect(next, is: expected.first?.progress.readyAt, "next ready for \(wanted)")
      }
    },
    CaseDefinition(
      "queue.next-ready", "The next ready time is the earliest `readyAt`, past or future"
    ) {
      context in
      let (engine, action) = try context.withAction()
      let actors = [action.snapshot.actors.strategy]
      for (number, time) in ([900, 1_000_000, 5, 700, -3] as [Int64]).enumerated() {
        let plan = try Sample.plan(UInt64(number), of: action, readyAt: time)
        try engine.write { try $0.insert(plan) }
        let expected = ([900, 1_000_000, 5, 700, -3] as [Int64]).prefix(number + 1).min() ?? 0
        let next = try engine.read { try $0.nextReadyAt(for: actors) }
        try context.expect(next, is: Sample.time(expected), "after \(number + 1) plans")
      }
    },
    CaseDefinition(
      "queue.leases",
      "Leases that expire at `now` or earlier are in the order of expiry, then of ids, at most `limit`"
    ) { context in
      let (engine, action) = try context.withAction()
      let statuses: [PlanStatus] = [.strategizeProcessing, .executeProcessing, .applyProcessing]
      let plans = try ([40, 10, 40, 20, 30, 10] as [Int64]).enumerated().map { number, time in
        try Sample.plan(
          UInt64(50 - number), of: action, status: statuses[number % 3], expiresAt: time)
      }
      let others = try [PlanStatus.strategizeQueued, .executeWaiting, .applyApplied].enumerated()
        .map { try Sample.plan(UInt64(60 + $0), of: action, status: $1) }
      try engine.write { work in for plan in plans + others { try work.insert(plan) } }
      let order = plans.sorted {
        ($0.progress.lease?.expiresAt ?? .far, $0.id)
          < ($1.progress.lease?.expiresAt ?? .far, $1.id)
      }
      for now in [9, 10, 25, 39, 40, 41] as [Int64] {
        let due = order.filter {
          $0.progress.lease.map { $0.expiresAt <= Sample.time(now) } ?? false
        }
        for limit in [1, 2, 99] {
          let found = try engine.read { try $0.expiredLeases(at: Sample.time(now), limit: limit) }
          try context.expect(
            found, are: Array(due.prefix(limit)), "expired at \(now), at most \(limit)")
        }
      }
      let next = try engine.read { try $0.nextLeaseExpiry() }
      try context.expect(next, is: Sample.time(10), "the next lease expiry")
      let renewed = order[0].with(
        try Sample.progress(order[0].status, expiresAt: 90, owner: "worker/2"))
      try engine.write { try $0.save(renewed, replacing: order[0]) }
      let due = try engine.read { try $0.expiredLeases(at: Sample.time(10), limit: 9) }
      try context.expect(due, are: [order[1]], "after the first lease was renewed")
    },
    CaseDefinition(
      "queue.final-roots",
      "Final roots ended before the time, and are in the order of their ends, then of their ids"
    ) { context in
      let engine = try context.openFresh()
      let action = try Sample.action()
      try engine.write { try $0.insert(action) }
      let root = try Sample.plan(1, of: action, status: .applyApplied, endedAt: 30)
      let child = try Sample.plan(
        2, of: action, status: .applyApplied, endedAt: 5,
        position: Sample.position(below: root, index: 0, key: "a"))
      let others = try [
        (PlanStatus.strategizeCancelled, 10), (.applyErrored, 1), (.executeComplete, 2),
        (.applyApplied, 20), (.applyConstrained, 3), (.executeCancelled, 10),
      ].enumerated().map { number, item in
        try Sample.plan(
          UInt64(20 - number), of: action, status: item.0, endedAt: Int64(item.1))
      }
      try engine.write { work in for plan in [root, child] + others { try work.insert(plan) } }
      let order = [others[5], others[0], others[3], root]
      for (time, count) in [(10, 0), (11, 2), (20, 2), (21, 3), (31, 4)] {
        for limit in [1, 99] {
          let found = try engine.read {
            try $0.finalRoots(endedBefore: Sample.time(Int64(time)), limit: limit)
          }
          try context.expect(
            found, are: Array(order.prefix(min(limit, count))), "ended before \(time)")
        }
      }
    },
  ]
}
