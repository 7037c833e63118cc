import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

@Suite("A typed phase that ends with work of its own", .timeLimit(.minutes(30)))
struct TypedCompletionTests {
  private static func invoice() throws -> TypedAction<Release, NoValue> {
    try TypedAction("local/invoice", taking: Release.self, description: "x")
  }

  @Test(
    "commits the work and the result together, and has a typed result",
    arguments: TestStore.allCases)
  func together(store: TestStore) async throws {
    let fixture = try LifecycleFixture(store.backend)
    let invoice = try Self.invoice()
    let charge = try TypedAction("local/charge", taking: NoValue.self, description: "x")
      .strategize { run in
        try run.complete { transaction in
          try transaction.use(invoice, arguments: Release(version: "draft"))
        }
      }
      .execute { run in
        let size = run.attempt
        return try run.complete { transaction in
          let plan = try transaction.use(invoice, arguments: Release(version: "final"))
          return Build(archive: plan.definition.description, size: size)
        }
      }
    try await fixture.withWorker([invoice, charge]) {
      let handle = try await fixture.plans.use(charge)
      #expect(try await handle.result() == Build(archive: "x", size: 1))
      #expect(try await handle.plan().progress.result(of: .strategize) == .null)
      let query = PlanQuery(PlanFilter(action: "local/invoice"))
      let invoices = try fixture.plans.readBlocking { try $0.plans(matching: query).rows }
      #expect(
        Set(invoices.compactMap { $0.definition.arguments["version"]?.stringValue })
          == ["draft", "final"])
    }
  }

  @Test("takes the work back when it throws, and fails the attempt")
  func refused() async throws {
    let fixture = try LifecycleFixture()
    let invoice = try Self.invoice()
    let charge = try TypedAction(
      "local/charge", taking: NoValue.self, description: "x", retry: .never
    ).execute { run in
      try run.complete { transaction -> Double in
        try transaction.use(invoice, arguments: Release(version: "final"))
        return .nan
      }
    }
    try await fixture.withWorker([invoice, charge]) {
      let handle = try await fixture.plans.use(charge)
      #expect(await asyncErrorCode { try await handle.result() } == "planErrored")
      let failure = try await handle.plan().progress.failure
      #expect(failure?.message.contains("'result' cannot be stored") == true)
      let query = PlanQuery(PlanFilter(action: "local/invoice"))
      #expect(try fixture.plans.readBlocking { try $0.plans(matching: query).rows.isEmpty })
    }
  }
}
