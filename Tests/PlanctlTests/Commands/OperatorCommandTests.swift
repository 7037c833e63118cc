import Foundation
import Planwright
import Testing

@testable import planctl

@Suite("The commands of planctl by which an operator steers plans")
struct OperatorCommandTests {
  @Test("cancel a cancelled plan without an error, and say that nothing was changed")
  func cancelTwice() async throws {
    let store = try await StoreOfPlans()
    let id = try await store.use()
    let first = try await store.json("cancel", id, "--reason", "x")
    #expect(first.status == 0 && first.document["data"]?["unchanged"] == [])
    let again = await store.text("cancel", id, "--reason", "x")
    #expect(
      again.text
        == "\(id)  was cancelled already, at strategize/cancelled; nothing was changed\n")
    let (status, document) = try await store.json("cancel", id, "--reason", "x")
    #expect(status == 0 && document["data"]?["unchanged"] == [.string(id)])
  }

  @Test("leave out of --all what has ended, or does not allow the command, and count it")
  func all() async throws {
    let store = try await StoreOfPlans()
    let (ended, applied) = (try await store.use(), try await store.use())
    #expect(await store.text("cancel", ended, "--reason", "x").status == 0)
    try store.complete(applied, result: nil)
    for _ in 0..<2 {
      #expect(await store.text("advance", applied).status == 0)
      try store.complete(applied, result: nil)
    }
    let queued = try await store.use()
    let retried = await store.text("retry", "--all", "--yes")
    #expect(retried.status == 0 && retried.text.contains("no plan is selected"))
    #expect(retried.text.contains("3 of the selected plans do not allow retry"))
    let (status, document) = try await store.json("cancel", "--all", "--yes", "--reason", "x")
    let plans = document["data"]?["plans"]?.arrayValue?.compactMap { $0["id"]?.stringValue }
    #expect(status == 0 && plans == [queued], "\(document)")
    #expect(document["data"]?["refused"] == [])
    #expect(
      document["messages"] == ["2 of the selected plans do not allow cancel and are left out"])
  }

  @Test("name the commands that a plan allows when it refuses one")
  func refusals() async throws {
    let store = try await StoreOfPlans()
    let id = try await store.use()
    let queued = await store.text("advance", id)
    #expect(queued.status == 4 && queued.text.contains("it allows cancel, expedite."), "\(queued)")
    try store.complete(id, result: nil)
    let complete = await store.text("retry", id)
    #expect(complete.text.contains("it allows advance, revert, cancel."), "\(complete)")
    #expect(await store.text("cancel", id, "--reason", "x").status == 0)
    let ended = await store.text("retry", id)
    #expect(ended.text.contains("it has ended, and no command changes it"), "\(ended)")
  }

  @Test("do not offer to bring a child further whose parent no longer waits for it")
  func childLeftBehind() async throws {
    let open = try await OpenStore()
    let parent = try open.use()
    let child = try open.spawn(parent, ["a"])[0]
    try open.fail(child, "no room")
    let status = await open.store.text("status", "\(child)")
    let next = "its parent no longer waits for it: planctl status \(parent)"
    #expect(status.text.contains(next), "\(status)")
    let refused = await open.store.text("advance", "\(child)")
    #expect(refused.status == 4 && refused.text.contains("it allows cancel."), "\(refused)")
    #expect(await open.store.text("retry", "\(child)").status == 4)
    let all = await open.store.text("retry", "--all", "--yes")
    #expect(all.status == 0 && all.text.contains("no plan is selected"), "\(all)")
    #expect(all.text.contains("2 of the selected plans do not allow retry"), "\(all)")
  }

  @Test("agree with what each status allows", arguments: PlanStatus.allCases)
  func allowed(status: PlanStatus) async throws {
    let store = try await StoreOfPlans()
    guard let id = try await store.plan(at: status) else { return }
    let plan = try await store.read { try $0.plan(id) }
    #expect(plan.status == status)
    for verb in OperatorVerb.allCases {
      let copy = "\(store.fixture.folder)/\(verb).db"
      #expect(await store.text("store", "backup", copy).status == 0)
      let reason = verb.specification.option(named: "--reason") == nil ? [] : ["--reason", "x"]
      let text = PlanctlOutput()
      let ended = await PlanctlCommand.run(
        [verb.rawValue, "\(id)", "--store", "sqlite:\(copy)"] + reason, text.console)
      let isUnchanged = text.all.contains("nothing was changed")
      #expect((ended == 0) == (verb.isAllowed(for: plan) || isUnchanged), "\(verb): \(text.all)")
    }
  }

  @Test("offer to plan anew what could not be applied, and to retry it when the reason is gone")
  func constrained() async throws {
    let store = try await StoreOfPlans()
    let id = try #require(try await store.plan(at: .applyConstrained))
    let status = await store.text("status", "\(id)")
    #expect(status.text.contains("planctl revert \(id) --reason TEXT plans it anew"), "\(status)")
    #expect(status.text.contains("planctl retry \(id) when the reason is gone"))
    let doctor = await store.text("doctor")
    #expect(doctor.text.contains("planctl revert \(id) --reason TEXT"), "\(doctor)")
    #expect(!doctor.text.contains("planctl retry"))
  }
}

extension StoreOfPlans {
  /// Reads from the store.
  func read<R: Sendable>(
    _ body: @escaping @Sendable (borrowing PlanSnapshot) throws -> R
  ) async throws -> R {
    let system = try PlanSystem.open(StorageBackend(location: location))
    let result = try await system.plans.read(body)
    try system.close()
    return result
  }

  /// Leads a new plan to a status.
  func plan(at status: PlanStatus) async throws -> Plan.ID? {
    let id = try Plan.ID(try await use())
    let system = try PlanSystem.open(StorageBackend(location: location))
    try system.plans.writeBlocking { transaction in
      for phase in PlanPhase.allCases {
        if phase != .strategize { try transaction.advance(id) }
        let isLast = phase == status.phase
        if isLast, status.state == .queued { return }
        if isLast, status.state == .cancelled {
          try transaction.cancel(id, reason: "x")
          return
        }
        let plan = try transaction.claim(id, owner: LeaseOwner("test"), leaseFor: .seconds(60))
        let token = try #require(plan.leaseToken)
        guard isLast else {
          try transaction.complete(token)
          continue
        }
        switch status.state {
        case .complete, .applied: try transaction.complete(token)
        case .errored:
          try transaction.fail(
            token, Plan.Failure(code: "broken", message: "x", isRetryable: false))
        case .constrained: try transaction.constrain(token, reason: "no room")
        case .waiting:
          try transaction.spawn(token, try Spawn([ChildSpec(action: "test")]))
        case .queued, .processing, .cancelled: break
        }
        return
      }
    }
    try system.close()
    return id
  }
}
