import Foundation
import Planwright
import Testing

@testable import service

@Suite("The service", .timeLimit(.minutes(30)))
struct ShutdownTests {
  private let fixture: ServiceFixture

  init() throws { fixture = try ServiceFixture() }

  @Test("stops at SIGTERM: answers the requests that wait, and leaves its plan queued, every time")
  func termination() async throws {
    var plan: String?
    for _ in 0..<2 {
      let service = try await fixture.start()
      let client = try fixture.client()
      plan = try await client.submit("slow", "x", seconds: 3600).plan
      try await client.send(Request(do: .watch, plan: plan))
      var event = try await client.next()
      while let next = event, next.state != "execute/processing" { event = try await client.next() }
      try await client.send(Request(id: 1, do: .result, plan: plan))
      // The answer to a later request: the service has read the one before.
      try await client.send(Request(id: 2, do: .status, plan: plan))
      while let response = try await client.next(), response.id != 2 {}
      service.send(SIGTERM)
      var answers: [Response] = []
      while let response = try await client.next() { answers.append(response) }
      #expect(answers.contains { $0.id == 1 && $0.error == "stopping" })
      #expect(answers.contains { $0.id == nil && $0.error == "stopping" })
      let (lines, status) = await service.end()
      #expect(lines.last == "stopped")
      #expect(status == 0)
      let released = try await fixture.plan(plan)
      #expect(released.status == .executeQueued)
      #expect(released.progress.attempt == 0)
    }
  }

  @Test("carries out each request that it accepted before it stopped, and each one once")
  func acceptedRequests() async throws {
    let keys = (0..<100).map { "job-\($0)" }
    let service = try await fixture.start()
    let clients = try (0..<4).map { _ in try fixture.client() }
    for (index, key) in keys.enumerated() {
      try await clients[index % 4].send(.submit(key, key))
    }
    // In the middle: some are answered, some are read, some are not.
    var accepted: Set<String> = []
    if let plan = try await clients[0].next()?.plan { accepted.insert(plan) }
    service.send(SIGTERM)
    for client in clients {
      while let response = try? await client.next() {
        if let plan = response.plan { accepted.insert(plan) }
        #expect(response.plan != nil || response.error == Response.stopping)
      }
    }
    #expect(await service.end().status == 0)

    let next = try await fixture.start()
    let client = try fixture.client()
    var plans: Set<String> = []
    for key in keys {
      let plan = try await client.submit(key, key).plan
      plans.insert(plan ?? "none")
      let result = try await client.ask(Request(do: .result, plan: plan))
      #expect(result.result == WordCount(words: 1))
    }
    #expect(plans.count == keys.count)
    #expect(accepted.isSubset(of: plans))
    next.send(SIGTERM)
    #expect(await next.end().status == 0)
  }

  @Test("replaces the socket of one that was killed, and leaves that of one that listens")
  func socket() async throws {
    let killed = try await fixture.start()
    killed.send(SIGKILL)
    _ = await killed.end()
    let service = try await fixture.start()
    let (lines, status) = try await ServiceProcess([fixture.store, fixture.socket.path]).end()
    #expect(status == 1)
    #expect(lines.last?.contains("Address already in use") == true)
    #expect(try await fixture.client().submit("a", "x").error == nil)
    service.send(SIGTERM)
    #expect(await service.end().lines == ["stopped"])
    #expect(!FileManager.default.fileExists(atPath: fixture.socket.path))
  }
}
