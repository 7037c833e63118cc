import PlanDomain
import TestSupport
import TestTraits
import Testing

@Suite("A plan under random commands", .dedicatedThread)
struct RandomTransitionTests {
  @Test("never leaves the seventeen statuses, never skips a version, and replays from its events")
  func scan() throws {
    var random = SeededGenerator.announced()
    var steps = 0
    var reached: Set<PlanStatus> = []
    // As long as it takes to see every status: how long that is, is a matter of luck.
    while steps < 100_000 || reached.count < 17 && steps < 10_000_000 {
      var now = PlanFixture.now
      let definition = PlanFixture.definition(
        action: try PlanFixture.snapshot(readOnly: .random(using: &random), attempts: 2))
      let made = PlanTransition(creating: definition)
      var plan = made.plan
      var events = [try #require(made.event)]
      for _ in 0..<200 {
        steps += 1
        now = now.adding(.seconds(Int64.random(in: -1...200, using: &random)))
        guard let name = CommandName.allCases.randomElement(using: &random),
          var command = try PlanFixture.command(name, for: plan)
        else { continue }
        // Commands that lead back or to the end, given as often as others, would end every walk
        // before it has seen much.
        let oneIn = [CommandName.cancel: 40, .revert: 15, .evict: 15, .release: 3][name] ?? 1
        if Int.random(in: 0..<oneIn, using: &random) > 0 { continue }
        if case .claim(let owner, _) = command {
          command = .claim(owner, until: now.adding(.seconds(60)))
        }
        guard let transition = try? plan.applying(command, at: now) else { continue }
        guard transition.plan.version == plan.version + (transition.event == nil ? 0 : 1),
          transition.plan.progress.epoch >= plan.progress.epoch,
          (transition.plan.progress.lease != nil) == (transition.plan.status.state == .processing),
          (0...PlanLimits.maxReverts).contains(transition.plan.progress.reversionCount),
          transition.plan.progress.attempt >= 0
        else {
          Issue.record("\(command) made \(transition.plan.progress) of \(plan.progress)")
          return
        }
        plan = transition.plan
        reached.insert(plan.status)
        if let event = transition.event { events.append(event) }
      }
      // Replaying the events, and nothing else, gives the status.
      var status: PlanStatus?
      for (index, event) in events.enumerated() {
        guard event.sequence == index + 1, event.from == status else {
          Issue.record("event \(event) does not follow \(String(describing: status))")
          return
        }
        status = event.to
      }
      #expect(status == plan.status)
    }
    #expect(reached.count == 17)
  }
}
