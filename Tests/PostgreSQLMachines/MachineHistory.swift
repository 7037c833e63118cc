import PlanDomain
import PlanLifecycle
import Planwright
import TestSupport

/// All events of a store, as they are in the end.
struct MachineHistory {
  let events: [RecordedEvent]

  /// Reads the whole feed.
  init(of system: PlanSystem) async throws {
    var events: [RecordedEvent] = []
    while true {
      let cursor = events.last?.cursor ?? .start
      let page = try await system.plans.read { try $0.events(after: cursor) }
      if page.isEmpty { break }
      events += page
    }
    self.events = events
  }

  /// Throws unless each plan has all its events, was claimed only when nobody held it, and written
  /// only under its latest claim, and there are as many plans as there must be.
  func check(batches: Int, items: Int) throws {
    struct Seen {
      var sequence = 0
      var status: PlanStatus?
      var epoch = 0
    }
    var plans: [Plan.ID: Seen] = [:]
    for event in events.map(\.event) {
      var seen = plans[event.plan] ?? Seen()
      guard event.sequence == seen.sequence + 1, event.from == seen.status,
        event.epoch >= seen.epoch
      else { throw TestError("the event \(event) follows \(seen)") }
      if event.command == .claim {
        guard event.epoch == seen.epoch + 1, event.from?.state != .processing else {
          throw TestError("\(event.plan) was claimed while it was held: \(event)")
        }
      }
      (seen.sequence, seen.status, seen.epoch) = (event.sequence, event.to, event.epoch)
      plans[event.plan] = seen
    }
    guard plans.count == batches * (items + 1) else {
      throw TestError("there are \(plans.count) plans instead of \(batches * (items + 1))")
    }
    for (id, seen) in plans where seen.status != .applyApplied {
      throw TestError("\(id) has ended as \(String(describing: seen.status))")
    }
  }

  /// Throws unless each batch has the sum of its items.
  func checkResults(of system: PlanSystem) async throws {
    let work = try Work()
    var query = PlanQuery(PlanFilter(action: work.batch.definition.name), limit: .largest)
    while true {
      let page = try await system.plans.read { [query] in try $0.plans(matching: query) }
      for plan in page.rows {
        let batch = try JSONValue.object(plan.definition.arguments).decoded(as: Work.Batch.self)
        guard try work.batch.result(of: plan) == batch.expected else {
          throw TestError("\(plan.id) has another result than \(batch.expected)")
        }
      }
      guard let next = page.next else { return }
      query = PlanQuery(
        PlanFilter(action: work.batch.definition.name), limit: .largest, after: next)
    }
  }

  /// Throws unless these lines of a reader are the events, each once and in order.
  func compare(_ lines: [Substring]) throws {
    let expected = events.map { "\($0.event.plan) \($0.event.sequence)" }
    let found = lines.map { String($0.drop { $0 != " " }.dropFirst()) }
    guard found == expected else {
      let place = zip(found, expected).enumerated().first { $1.0 != $1.1 }?.offset
      throw TestError(
        "a reader was given \(found.count) events instead of \(expected.count); they differ at "
          + "\(place ?? min(found.count, expected.count))")
    }
  }

  /// Throws if an item was handled more often than `most`, or never.
  func checkHandlers(_ machines: [MachineProcess], most: Int?) throws {
    var handled: [Substring: Int] = [:]
    for machine in machines {
      for line in try LineFile.lines(of: machine.handled) { handled[line, default: 0] += 1 }
    }
    let twice = handled.values.count { $0 > 1 }
    print("\(handled.count) items were handled, \(twice) of them more than once")
    if let most, let worst = handled.max(by: { $0.value < $1.value }), worst.value > most {
      throw TestError("\(worst.key) was handled \(worst.value) times")
    }
  }
}
