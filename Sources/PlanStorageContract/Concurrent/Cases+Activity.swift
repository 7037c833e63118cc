import PlanDomain
import PlanStorage

extension Cases {
  static let activity: [CaseDefinition] = [
    CaseDefinition(
      "activity.commits",
      "Observers hear of each committed unit of work once, and of no other",
      layer: .concurrent
    ) { context in
      let (store, action) = try context.withAction()
      guard let engine = store as? any ActivityReporting else {
        throw NotOffered(reason: "the store reports no activities (`ActivityReporting`)")
      }
      let heard = Locked(0)
      let observation = engine.observers.observe { activity in
        if case .committed(let count, _) = activity { heard.withLock { $0 += count } }
      }
      let each = context.effort.scaled(30)
      let results = try race(4) { thread in
        outcome {
          for number in 0..<each {
            let plan = try Sample.plan(UInt64(thread * each + number), of: action)
            let isCommitted = outcome {
              try engine.write { work in
                try work.insert(plan)
                if number.isMultiple(of: 3) { throw RolledBack(number: number) }
              }
            }.isSuccess
            try context.expect(isCommitted, is: !number.isMultiple(of: 3), "the unit of work")
          }
        }
      }
      for result in results { try result.get() }
      let committed = 4 * (0..<each).filter { !$0.isMultiple(of: 3) }.count
      try context.expect(
        heard.withLock { $0 }, is: committed, "the units of work that observers heard of")
      withExtendedLifetime(observation) {}
    }
  ]
}
