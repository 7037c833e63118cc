import PlanDomain
import PlanStorage

extension Cases {
  static let events: [CaseDefinition] = [
    CaseDefinition(
      "event.append.read-back", "Reading an event returns every field as it was appended"
    ) { context in
      let (engine, action) = try context.withAction()
      var arbitrary = context.arbitrary()
      let plan = try Sample.plan(1, of: action)
      let events = try (1...context.effort.scaled(120)).map { try arbitrary.event(plan.id, $0) }
      try engine.write { try $0.insert(plan) }
      for event in events { try engine.write { try $0.append(event) } }
      let read = try engine.read { try $0.events(of: plan.id, after: 0, limit: .max) }
      try context.expect(read.count, is: events.count, "the number of events")
      for (read, event) in zip(read, events) {
        try context.expect(read, equals: event, "event \(event.sequence)")
      }
    },
    CaseDefinition(
      "event.append.gap",
      "Appending an event throws `duplicate` unless its sequence is the latest plus 1"
    ) { context in
      let (engine, action) = try context.withAction()
      let plan = try Sample.plan(1, of: action)
      try engine.write { work in
        try work.insert(plan)
        try work.append(Sample.event(plan.id, 1))
        try work.append(Sample.event(plan.id, 2))
      }
      for sequence in [0, 1, 2, 4, -1, Int.max] {
        try context.expectError(.duplicate, "appending \(sequence) after 2") {
          try engine.write { try $0.append(Sample.event(plan.id, sequence)) }
        }
      }
      let read = try engine.read { try $0.events(of: plan.id, after: 0, limit: 99) }
      try context.expect(read.map(\.sequence), is: [1, 2], "the stored events")
    },
    CaseDefinition(
      "event.append.missing-plan",
      "Appending an event throws `missingReference` when its plan is not stored"
    ) { context in
      let engine = try context.openFresh()
      try context.expectError(.missingReference, "appending an event of an unknown plan") {
        try engine.write { try $0.append(Sample.event(Sample.id(1), 1)) }
      }
      let feed = try engine.read { try $0.events(after: .start, limit: 9).count }
      try context.expect(feed, is: 0, "the events of all plans")
    },
    CaseDefinition(
      "event.of-plan",
      "Reading a plan's events returns those after the sequence, in order, at most `limit`"
    ) { context in
      let (engine, action) = try context.withAction()
      let plans = try [1, 2].map { try Sample.plan($0, of: action) }
      try engine.write { work in
        for plan in plans { try work.insert(plan) }
        for sequence in 1...7 {
          for plan in plans { try work.append(Sample.event(plan.id, sequence)) }
        }
      }
      for (after, limit, expected) in [
        (0, 99, Array(1...7)), (3, 99, [4, 5, 6, 7]), (3, 2, [4, 5]), (7, 9, []), (0, 0, []),
        (99, 9, []), (-5, 2, [1, 2]),
      ] {
        let read = try engine.read { try $0.events(of: plans[0].id, after: after, limit: limit) }
        try context.expect(
          read.map(\.sequence), is: expected, "after \(after), at most \(limit)")
        try context.expect(
          Set(read.map(\.plan)).subtracting([plans[0].id]).count, is: 0, "other plans' events")
      }
    },
    CaseDefinition(
      "event.feed", "The feed returns the events after the cursor, in the order of their commits"
    ) { context in
      let (engine, action) = try context.withAction()
      let plans = try [3, 1, 2].map { try Sample.plan($0, of: action) }
      try engine.write { work in for plan in plans { try work.insert(plan) } }
      var expected: [PlanEvent] = []
      for sequence in 1...4 {
        for plan in plans {
          let event = try Sample.event(plan.id, sequence)
          expected.append(event)
          try engine.write { try $0.append(event) }
        }
      }
      for limit in [1, 5, 12, 99] {
        let read = try context.feed(engine, after: .start, limit: limit)
        try context.expect(read.map(\.event), is: expected, "the feed, \(limit) events at a time")
        try context.expect(
          zip(read, read.dropFirst()).allSatisfy { $0.cursor < $1.cursor },
          "the cursors of the events", expected: "increasing cursors")
      }
    },
    CaseDefinition(
      "event.place-never-again",
      "The cursor of an event is greater than every cursor that was read before its commit"
    ) { context in
      let store = try context.fresh()
      var engine = try context.open(store)
      let action = try Sample.action()
      try engine.write { try $0.insert(action) }
      var last = EventCursor.start
      for round in 0..<12 as Range<UInt64> {
        let plan = try Sample.plan(round, of: action, status: .applyApplied)
        let now = engine
        try now.write { work in
          try work.insert(plan)
          try work.append(Sample.event(plan.id, 1))
        }
        let position = last
        let read = try now.read { try $0.events(after: position, limit: 9) }
        try context.expect(
          read.map(\.event.plan), is: [plan.id], "the event of round \(round), after the one before"
        )
        last = read.last?.cursor ?? last
        // Removing the latest event must not make its cursor available again.
        if round % 2 == 0 { _ = try now.write { try $0.removeTree(plan.id) } }
        if round % 3 == 0, context.harness.traits.isDurable {
          try now.close()
          engine = try context.open(store)
        }
      }
    },
  ]
}

extension CaseContext {
  /// All events of the feed after a cursor, read in parts of at most `limit` events.
  func feed(
    _ engine: any StorageEngine, after start: EventCursor, limit: Int
  ) throws -> [RecordedEvent] {
    var read: [RecordedEvent] = []
    for _ in 0..<10_000 {
      let cursor = read.last?.cursor ?? start
      let next = try engine.read { try $0.events(after: cursor, limit: limit) }
      try expect(next.count <= limit, "reading events", expected: "at most \(limit)")
      if next.isEmpty { return read }
      read += next
    }
    throw violation(step: "reading events", expected: "an end of the feed", got: "10000 parts")
  }
}
