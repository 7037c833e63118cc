import PlanDomain
import PlanStorage

extension Cases {
  static let races: [CaseDefinition] = [
    CaseDefinition(
      "concurrent.create-once",
      "Of several threads that insert the same action, one succeeds and the others get `duplicate`",
      layer: .concurrent
    ) { context in
      let engine = try context.openFresh()
      for round in 0..<context.effort.scaled(40) as Range<Int> {
        let results = try race(6) { thread in
          outcome {
            let mine = try Sample.action("kit/r\(round)", actor: "actor\(thread)")
            try engine.write { try $0.insert(mine) }
          }
        }
        let winners = results.indices.filter { results[$0].isSuccess }
        try context.expect(winners.count, is: 1, "successful inserts of round \(round)")
        for result in results where !result.isSuccess {
          try context.expectError(.duplicate, "another insert of round \(round)") {
            try result.get()
          }
        }
        let stored = try engine.read { try $0.action(ActionName("kit/r\(round)")) }
        try context.expect(
          stored?.snapshot.actors.strategy.description, is: "actor\(winners[0])",
          "the actor of the stored action")
      }
      context.count { $0.operations += 6 * context.effort.scaled(40) }
    },
    CaseDefinition(
      "concurrent.no-lost-update",
      "Concurrent units of work that update the same plan lose no update",
      layer: .concurrent
    ) { context in
      let (engine, action) = try context.withAction()
      let plan = try Sample.plan(0, of: action)
      try engine.write { try $0.insert(plan) }
      let each = context.effort.scaled(60)
      let results = try race(4) { _ in
        outcome {
          for _ in 0..<each {
            try engine.write { work in
              guard let before = try work.plan(plan.id) else { throw RolledBack(number: 1) }
              let next = try Sample.progress(.strategizeQueued, version: before.version + 1)
              try work.save(before.with(next), replacing: before)
              try work.append(Sample.event(plan.id, before.version))
            }
          }
        }
      }
      for result in results { try result.get() }
      context.count { $0.operations += 4 * each }
      let (version, events) = try engine.read { session in
        (try session.plan(plan.id)?.version, try session.events(of: plan.id, after: 0, limit: .max))
      }
      try context.expect(version, is: 4 * each + 1, "the version after all updates")
      try context.expect(events.map(\.sequence), is: Array(1...(4 * each)), "the events")
    },
    CaseDefinition(
      "concurrent.whole-reads", "A read sees all or nothing of a unit of work", layer: .concurrent
    ) { context in
      let (engine, action) = try context.withAction()
      let isOver = Locked(false)
      let each = context.effort.scaled(40)
      let results = try race(4) { thread in
        outcome {
          if thread > 1 {
            while !isOver.withLock({ $0 }) { try context.expectPairs(engine) }
            return
          }
          defer { isOver.withLock { $0 = true } }
          for number in 0..<each {
            let first = UInt64(1_000_000 * thread + 2 * number)
            let pair = try [first, first + 1].map {
              try Sample.plan($0, of: action, status: .applyApplied)
            }
            try engine.write { work in
              for plan in pair {
                try work.insert(plan)
                try work.append(Sample.event(plan.id, 1))
              }
            }
            if number % 3 == 0 {
              try engine.write { work in
                for plan in pair { _ = try work.removeTree(plan.id) }
              }
            }
          }
        }
      }
      for result in results { try result.get() }
      try context.expectPairs(engine)
    },
    CaseDefinition(
      "concurrent.claim-once",
      "Concurrent units of work that claim ready plans claim each plan once",
      layer: .concurrent
    ) { context in
      let (engine, action) = try context.withAction()
      let count = context.effort.scaled(120)
      let plans = try (0..<count).map { try Sample.plan(UInt64($0), of: action) }
      try engine.write { work in for plan in plans { try work.insert(plan) } }
      let results = try race(4) { thread in
        outcome { try context.claimAll(engine, plans[0].actor, limit: thread + 1) }
      }
      let claimed = try results.flatMap { try $0.get() }
      context.count { $0.operations += claimed.count }
      try context.expect(claimed.count, is: count, "the number of claims")
      try context.expect(Set(claimed).count, is: count, "the number of claimed plans")
    },
    CaseDefinition(
      "concurrent.stale-lease",
      "Of several threads that save the same plan and epoch, one succeeds, the others get `staleWrite`",
      layer: .concurrent
    ) { context in
      let (engine, action) = try context.withAction()
      let count = context.effort.scaled(60)
      let plans = try (0..<count).map {
        try Sample.plan(UInt64($0), of: action, status: .strategizeProcessing)
      }
      try engine.write { work in for plan in plans { try work.insert(plan) } }
      // Each thread saves with the epoch that it read; the first save increases the epoch.
      let results = try race(4) { thread in
        plans.map { plan in
          outcome {
            let done = plan.with(
              try Sample.progress(
                .strategizeProcessing, epoch: 1, owner: "worker/\(thread)"))
            try engine.write { try $0.save(done, replacing: plan) }
          }
        }
      }
      context.count { $0.operations += 4 * count }
      for (index, plan) in plans.enumerated() {
        let winners = results.indices.filter { results[$0][index].isSuccess }
        try context.expect(winners.count, is: 1, "successful saves of \(plan.id)")
        for thread in results.indices where !winners.contains(thread) {
          try context.expectError(.staleWrite, "another save of \(plan.id)") {
            try results[thread][index].get()
          }
        }
        let stored = try engine.read { try $0.plan(plan.id) }
        try context.expect(
          stored?.progress.lease?.owner.description, is: "worker/\(winners[0])",
          "the owner of the stored lease")
      }
    },
    CaseDefinition(
      "concurrent.feed-misses-none",
      "A reader that follows the feed misses no event of concurrent units of work",
      layer: .concurrent
    ) { context in
      let (engine, action) = try context.withAction()
      let each = context.effort.scaled(60)
      let writers = Locked(3)
      let results = try race(4) { thread in
        outcome { () -> [RecordedEvent] in
          if thread == 3 { return try context.follow(engine) { writers.withLock { $0 } == 0 } }
          defer { writers.withLock { $0 -= 1 } }
          for number in 0..<each {
            let plan = try Sample.plan(UInt64(1_000_000 * thread + number), of: action)
            do {
              try engine.write { work in
                try work.insert(plan)
                try work.append(Sample.event(plan.id, 1))
                if number % 5 == 0 { throw RolledBack(number: 0) }
              }
            } catch is RolledBack {}
          }
          return []
        }
      }
      let read = try results.flatMap { try $0.get() }
      let all = try context.feed(engine, after: .start, limit: 1_000)
      context.count { $0.operations += all.count }
      try context.expect(
        read.map(\.event.plan), is: all.map(\.event.plan), "the events that the reader has seen")
    },
    CaseDefinition(
      "concurrent.open", "Threads that open the same store at the same time share its contents",
      layer: .concurrent
    ) { context in
      for round in 0..<context.effort.scaled(10) as Range<Int> {
        let store = try context.fresh()
        let results = try race(6) { thread in
          outcome {
            let engine = try context.open(store)
            let action = try Sample.action("kit/t\(thread)")
            try engine.write { try $0.insert(action) }
            return engine
          }
        }
        let engines = try results.map { try $0.get() }
        for (thread, engine) in engines.enumerated() {
          let count = try engine.read { try $0.actions(matching: ActionQuery()).rows.count }
          try context.expect(
            count, is: 6, "the number of actions for thread \(thread) of round \(round)")
        }
        for engine in engines { try engine.close() }
      }
    },
  ]
}

extension CaseContext {
  /// Throws a violation unless a read sees an even number of plans and one event for each.
  fileprivate func expectPairs(_ engine: any StorageEngine) throws {
    let (plans, events, rows) = try engine.read { session in
      (
        try session.counts(in: .all).total, try session.events(after: .start, limit: .max).count,
        try session.plans(matching: PlanQuery(limit: .largest)).rows.count
      )
    }
    try expect(plans % 2 == 0, "counting plans", expected: "an even number", got: "\(plans)")
    try expect(events, is: plans, "the number of events, one for each plan")
    try expect(rows, is: min(plans, PageLimit.largest.count), "the number of rows on a page")
  }

  /// Claims plans until none is ready.
  fileprivate func claimAll(
    _ engine: any StorageEngine, _ actor: ActorName, limit: Int
  ) throws -> [Plan.ID] {
    var claimed: [Plan.ID] = []
    while true {
      let batch = try engine.write { work in
        let ready = try work.readyPlans(for: [actor], at: .far, limit: limit)
        for plan in ready {
          let progress = try Sample.progress(
            .strategizeProcessing, version: plan.version + 1, epoch: plan.progress.epoch + 1)
          try work.save(plan.with(progress), replacing: plan)
        }
        return ready.map(\.id)
      }
      if batch.isEmpty { return claimed }
      claimed += batch
    }
  }

  /// Reads the feed until the writers have ended and no event follows.
  fileprivate func follow(
    _ engine: any StorageEngine, until isOver: () -> Bool
  ) throws -> [RecordedEvent] {
    var read: [RecordedEvent] = []
    while true {
      let isLast = isOver()
      let cursor = read.last?.cursor ?? .start
      let next = try engine.read { try $0.events(after: cursor, limit: 7) }
      read += next
      if isLast && next.isEmpty { return read }
    }
  }
}
