import PlanDomain
import PlanLifecycle
import Planwright
import PlanwrightTesting

/// The picture of a lease that is lost: its times and epochs are those of a run.
struct LeaseDiagram {
  /// The late worker's write was accepted.
  struct LateWriteAccepted: Error {}

  private static let (left, scale) = (96, 3)
  private var drawing = SVGDrawing(
    width: 590, height: 216,
    description: "A worker claims a plan, renews its lease and is stopped; after the lease has "
      + "expired another worker reclaims and claims the plan, and the first one's write is refused")
  private let test: TestSystem
  private let start: Timestamp
  private let id: Plan.ID

  private init() async throws {
    let action = try TypedAction(
      "local/work", taking: NoValue.self, description: "Work", retry: RetryPolicy(attempts: 2))
    test = try TestSystem()
    start = test.time.now()
    try await test.system.register([action])
    id = try await test.plans.use(action).id
  }

  /// Draws what a lost lease leads to.
  static func drawn() async throws -> SVGDrawing {
    var diagram = try await LeaseDiagram()
    try await diagram.run()
    return diagram.drawing
  }

  private mutating func run() async throws {
    axis()
    let first = try await claim("A", row: 34)
    for _ in 1...2 { try await renew(first) }
    drawing.rectangle(x: x(0), y: 34, width: x(50) - x(0), height: 22, "accent")
    drawing.text("stopped", x: x(50) + 4, y: 50, "small failed")
    let expiry =
      try await test.plans.read { [id] in try $0.plan(id) }.progress.lease?.expiresAt ?? start
    test.time.advance(to: expiry)
    _ = try await test.plans.write { try $0.reclaim(limit: 1) }
    drawing.text("the lease has expired: reclaim", x: x(now) - 6, y: 122, "end small")
    let second = try await claim("B", row: 106)
    test.time.advance(by: .seconds(20))
    try await refuse(first)
    test.time.advance(by: .seconds(20))
    _ = try await test.plans.write { try $0.complete(second, result: .null) }
    drawing.rectangle(x: x(100), y: 106, width: x(now) - x(100), height: 22, "accent")
    drawing.text("complete", x: x(now) + 4, y: 122, "small")
  }

  private var now: Int { Int(test.time.now().since(start) / .seconds(1)) }

  private func x(_ second: Int) -> Int { Self.left + second * Self.scale }

  private mutating func axis() {
    drawing.text("worker A", x: 10, y: 50, "title")
    drawing.text("worker B", x: 10, y: 122, "title")
    drawing.text("epoch", x: 10, y: 174, "title")
    drawing.line([(x(0), 186), (x(150), 186)])
    for second in stride(from: 0, through: 140, by: 20) {
      drawing.line([(x(second), 183), (x(second), 189)])
      drawing.text(second == 0 ? "0" : "\(second) s", x: x(second), y: 204, "center small")
    }
  }

  private mutating func claim(_ owner: LeaseOwner, row: Int) async throws -> LeaseToken {
    let plan = try await test.plans.write { [id] in
      try $0.claim(id, owner: owner, leaseFor: .seconds(60))
    }
    drawing.text("claim", x: x(now), y: row - 6, "small")
    lease(of: plan, row: row)
    drawing.text("\(plan.progress.epoch)", x: x(now), y: 174)
    return LeaseToken(plan: id, epoch: plan.progress.epoch)
  }

  private mutating func renew(_ token: LeaseToken) async throws {
    test.time.advance(by: .seconds(20))
    let plan = try await test.plans.write { try $0.renew(token, leaseFor: .seconds(60)) }
    drawing.text("renew", x: x(now), y: 28, "small")
    lease(of: plan, row: 34)
  }

  private mutating func lease(of plan: Plan, row: Int) {
    let end = Int((plan.progress.lease?.expiresAt ?? start).since(start) / .seconds(1))
    drawing.rectangle(
      x: x(now), y: row, width: min(x(end), 585) - x(now), height: 22, "faint")
  }

  private mutating func refuse(_ token: LeaseToken) async throws {
    do {
      _ = try await test.plans.write { try $0.complete(token, result: .null) }
      throw LateWriteAccepted()
    } catch let error as PlanError where error.code == .leaseLost {
      drawing.line([(x(now), 34), (x(now), 56)], "failed")
      drawing.text(
        "complete with epoch \(token.epoch): \(error.code)", x: 585, y: 76, "end small failed")
    }
  }
}
