import PlanDomain
import TestSupport
import TestTraits
import Testing

@Suite("A plan under random commands", .dedicatedThread)
struct RandomTransitionTests {
  /// Whether the plan has an end exactly where it has a lease and a time-out, no lease that expires
  /// after its end, no input in the first phase, and the failure of a time-out only with one.
  private func keepsRules(_ plan: Plan) -> Bool {
    let (progress, timeout) = (plan.progress, plan.definition.action.attemptTimeout)
    if plan.status.phase == .strategize, progress.input != nil { return false }
    if timeout == nil, progress.failure?.code == .attemptTimedOut { return false }
    guard let lease = progress.lease else { return true }
    return (lease.end != nil) == (timeout != nil) && lease.end.map { lease.expiresAt <= $0 } ?? true
  }

  @Test("never leaves the seventeen statuses, never skips a version, and replays from its events")
  func scan() throws {
    var random = SeededGenerator.announced()
    var steps = 0
    var reached: Set<PlanStatus> = []
    // As long as it takes to see every status: how long that is, is a matter of luck.
    while steps < 100_000 || reached.count < 17 && steps < 10_000_000 {
      var now = PlanFixture.now
      let definition = PlanFixture.definition(
        action: try PlanFixture.snapshot(
          readOnly: .random(using: &random), attempts: 2,
          attemptTimeout: Bool.random(using: &random) ? .seconds(90) : nil))
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
        let later = now.adding(.seconds(Int64.random(in: -10...120, using: &random)))
        switch command {
        case .claim(let owner, _): command = .claim(owner, until: later)
        case .renew(let token, _, _): command = .renew(token, until: later)
        case .release(let token, _): command = .release(token, readyAt: later)
        case .advance: command = .advance(input: Bool.random(using: &random) ? 1 : nil)
        default: break
        }
        guard let transition = try? plan.applying(command, at: now) else { continue }
        guard transition.plan.version == plan.version + (transition.event == nil ? 0 : 1),
          transition.plan.progress.epoch >= plan.progress.epoch,
          (transition.plan.progress.lease != nil) == (transition.plan.status.state == .processing),
          (0...PlanLimits.maxReverts).contains(transition.plan.progress.reversionCount),
          transition.plan.progress.attempt >= 0, keepsRules(transition.plan)
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
