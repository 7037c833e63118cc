import Planwright
import TestSupport
import Testing

/// The one requirement that service managers have, as swift-service-lifecycle declares it.
private protocol Service: Sendable {
  func run() async throws
}

extension PlanWorker: Service {}

@Suite("A service")
struct ServiceTests {
  @Test("is what a worker is: it runs until its task is cancelled, and returns")
  func cancellation() async throws {
    let system = try PlanSystem.open(.inMemory)
    let service: any Service = system.worker(named: "service", handlers: [:])
    let running = Task { try await service.run() }
    running.cancel()
    try await running.value
    try system.close()
  }

  @Test("stops at SIGTERM and leaves its plan queued, every time", .timeLimit(.minutes(30)))
  func termination() async throws {
    let directory = try ScratchDirectory()
    let path = directory.path("plans.db")
    let system = try PlanSystem.open(.sqlite(at: path))
    // The action of the service.
    struct Errand: Codable { let what: String }
    let errand = try TypedAction("local/errand", taking: Errand.self, description: "Errand: {what}")
    try await system.register([errand])
    let plan = try await system.plans.use(errand, arguments: Errand(what: "fetch milk"))
    for _ in 0..<2 {
      let (lines, status) = try await onDedicatedThread {
        let service = try TestProcess(program: "service-example", path)
        service.waitUntilReady()
        try blockUntil("the service to claim the plan") {
          try system.plans.readBlocking { try $0.plan(plan.id).status } == .executeProcessing
        }
        service.terminate()
        return (service.lines(), service.status)
      }
      #expect(status == 0)
      #expect(lines.last == "stopped")
      let released = try await system.plans.read { try $0.plan(plan.id) }
      #expect(released.status == .executeQueued)
      #expect(released.progress.attempt == 0)
    }
    try system.close()
  }
}
