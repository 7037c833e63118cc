import PlanDomain
import PlanStorage

extension Cases {
  static let feedStates: [CaseDefinition] = [
    CaseDefinition(
      "feed.state.latest",
      "The latest position is that of the latest event, and removing events does not lower it"
    ) { context in
      let (engine, action) = try context.withAction()
      try context.expect(
        try engine.read { try $0.feedState() }, is: .empty, "the state of an empty feed")
      for number in 1...6 as ClosedRange<UInt64> {
        let plan = try Sample.plan(number, of: action, status: .applyApplied)
        try engine.write { work in
          try work.insert(plan)
          try work.append(Sample.event(plan.id, 1))
        }
        let (state, last) = try engine.read { session in
          (try session.feedState(), try session.events(after: .start, limit: .max).last)
        }
        try context.expect(
          state.latest, is: last?.cursor.position ?? 0, "the latest position, event \(number)")
        _ = try engine.write { try $0.removeTree(plan.id) }
        let removed = try engine.read { try $0.feedState().latest }
        try context.expect(
          removed >= state.latest, "the latest position after the removal of its event",
          expected: "at least \(state.latest)", got: "\(removed)")
      }
    },
    CaseDefinition(
      "feed.state.removed",
      "The feed's state counts removed trees and has the highest position of a removed event"
    ) { context in
      let store = try context.fresh()
      var engine = try context.open(store)
      let action = try Sample.action()
      let plans = try (1...5).map { try Sample.plan($0, of: action, status: .applyApplied) }
      try engine.write { work in
        try work.insert(action)
        for plan in plans { try work.insert(plan) }
        for sequence in 1...2 {
          for plan in plans { try work.append(Sample.event(plan.id, sequence)) }
        }
      }
      var highest: Int64 = 0
      // Not in the order of their events: the highest position stays when lower ones are removed.
      for (count, index) in [2, 0, 4, 3].enumerated() {
        let (now, id) = (engine, plans[index].id)
        let ofPlan = try now.read { session in
          try session.events(after: .start, limit: .max).filter { $0.event.plan == id }
        }
        highest = max(highest, ofPlan.map(\.cursor.position).max() ?? 0)
        _ = try now.write { try $0.removeTree(id) }
        if context.harness.traits.isDurable {
          try now.close()
          engine = try context.open(store)
        }
        let state = try engine.read { try $0.feedState() }
        try context.expect(state.purges, is: Int64(count + 1), "the number of removed trees")
        try context.expect(state.removed, is: highest, "the highest removed position")
      }
    },
    CaseDefinition(
      "feed.state.rolled-back",
      "A unit of work that is rolled back leaves the feed's state unchanged"
    ) { context in
      let store = try context.populated()
      let before = try store.engine.read { try $0.feedState() }
      for isRefused in [true, false] {
        do {
          try store.engine.write { work in
            try work.append(Sample.event(store.single.id, 2))
            _ = try work.removeTree(store.tree[0].id)
            try context.expect(
              try work.feedState().purges, is: before.purges + 1,
              "the number of removed trees in the unit of work")
            if isRefused { _ = try work.removeTree(store.tree[0].id) }
            throw RolledBack(number: 0)
          }
        } catch is RolledBack {} catch let error as StorageError where error.code == .notFound {}
        try context.expect(
          try store.engine.read { try $0.feedState() }, is: before, "the state afterwards")
      }
    },
  ]
}
