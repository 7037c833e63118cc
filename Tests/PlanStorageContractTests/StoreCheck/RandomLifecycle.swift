import PlanDomain
import PlanLifecycle
import PlanStorage
import PlanStorageContract
import TestSupport

/// What workers and operators do to the plans of one store, in any order.
struct RandomLifecycle {
  private let plans: PlanLifecycleService
  private let time: ManualTime
  private var random: SeededGenerator

  init(_ plans: PlanLifecycleService, _ time: ManualTime, _ random: SeededGenerator) {
    self.plans = plans
    self.time = time
    self.random = random
  }

  private mutating func number(_ end: Int) -> Int { .random(in: 0..<end, using: &random) }

  /// One command, which the plan's status may refuse; its name.
  mutating func step() throws -> String {
    time.advance(by: .seconds(number(20)))
    do {
      switch number(20) {
      case 0: return try use()
      case 1..<12: return try work()
      case 12: return try reclaim()
      case 13: return try purge()
      default: return try operate()
      }
    } catch let error as PlanError { return "refused: \(error.code)" }
  }

  private func use() throws -> String {
    let count = try plans.engine.read { try $0.counts(in: .all).total }
    if count < 25 { try plans.writeBlocking { transaction in _ = try transaction.use("sample") } }
    return "use"
  }

  private func reclaim() throws -> String {
    try plans.writeBlocking { transaction in _ = try transaction.reclaim(limit: 100) }
    return "reclaim"
  }

  private func purge() throws -> String {
    let now = time.now()
    try plans.writeBlocking { transaction in _ = try transaction.purge(endedBefore: now, limit: 1) }
    return "purge"
  }

  /// What a worker does with the next plan.
  private mutating func work() throws -> String {
    let (owner, actor, code) = (LeaseOwner("w"), try Fixture.actor(), Key("f"))
    let (choice, spawn) = (number(12), try spawn())
    try plans.writeBlocking { transaction in
      let claimed = try transaction.claim(
        owner: owner, actors: [actor], limit: 1, leaseFor: .seconds(30))
      guard let plan = claimed.first, let token = plan.leaseToken else { return }
      switch choice {
      case 0: break
      case 1: try transaction.release(token)
      case 2: try transaction.fail(token, Plan.Failure(code: code, message: "", isRetryable: true))
      case 3: try transaction.fail(token, Plan.Failure(code: code, message: "", isRetryable: false))
      case 4 where plan.status.phase == .apply: try transaction.constrain(token, reason: "not now")
      case 5..<9 where plan.status.phase == .execute && plan.definition.depth < 2:
        try transaction.spawn(token, spawn)
      default: try transaction.complete(token)
      }
    }
    return "work \(choice)"
  }

  private mutating func spawn() throws -> Spawn {
    let names = [ActionName("local/child"), ActionName("local/sample")]
    let keys = try ["a", "b", "c"].map { try Key($0) }
    let mode = ChildSchedule.Mode.allCases[number(3)]
    let children = (0...number(3)).map { index in
      ChildSpec(
        key: keys[index], action: names[number(4) == 0 ? 1 : 0],
        dependsOn: mode == .dependencyOrdered && index == 2 ? [keys[0]] : [])
    }
    return try Spawn(
      children,
      schedule: try ChildSchedule(
        mode: mode, maxParallel: 1 + number(2), failFast: number(3) == 0))
  }

  /// What an operator does with any plan.
  private mutating func operate() throws -> String {
    let all = try plans.engine.read { try $0.plans(matching: PlanQuery(limit: .largest)).rows }
    guard !all.isEmpty else { return "nothing" }
    let (plan, choice) = (all[number(all.count)], number(9))
    try plans.writeBlocking { transaction in
      switch choice {
      case 0..<3: try transaction.advance(plan.id)
      case 3, 4: try transaction.retry(plan.id)
      case 5: try transaction.cancel(plan.id, reason: "enough")
      default:
        // A child without a slot is left alone: taking it back is a matter of slots.
        try transaction.revert(plan.id, reason: "once more")
      }
    }
    return "operate \(choice) on \(plan.id), \(plan.status)"
  }
}
