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
}
