import Foundation
import Testing

@testable import service

@Suite("A request to the service", .timeLimit(.minutes(30)))
struct RequestTests {
  private let fixture: ServiceFixture

  init() throws { fixture = try ServiceFixture() }

  @Test("makes one plan, however often, over each connection and to each start it is sent")
  func idempotency() async throws {
    var service = try await fixture.start()
    let first = try await fixture.client().submit("a", "one two three")
    #expect(first.isNew == true && first.plan != nil && first.error == nil)
    let client = try fixture.client()
    for _ in 0..<2 {
      let again = try await client.submit("a", "one two three")
      #expect(again.isNew == false && again.plan == first.plan)
    }
    for signal in [SIGTERM, SIGKILL] {
      service.send(signal)
      _ = await service.end()
      service = try await fixture.start()
      let again = try await fixture.client().submit("a", "one two three")
      #expect(again.isNew == false && again.plan == first.plan)
    }
    let result = try await fixture.client().ask(Request(do: .result, plan: first.plan))
    #expect(result.result == WordCount(words: 3))
    #expect(result.state == "apply/applied")
  }

  @Test("is refused with another job under the same key")
  func conflict() async throws {
    let service = try await fixture.start()
    let client = try fixture.client()
    _ = try await client.submit("a", "one")
    #expect(try await client.submit("a", "two").error == "idempotencyConflict")
    withExtendedLifetime(service) {}
  }

  @Test("is answered while others of the same connection wait, with its number")
  func concurrency() async throws {
    let service = try await fixture.start()
    let client = try fixture.client()
    let slow = try await client.submit("slow", "x", seconds: 3600)
    try await client.send(Request(id: 1, do: .result, plan: slow.plan))
    #expect(try await client.ask(Request(id: 2, do: .status, plan: slow.plan)).id == 2)
    let cancelled = try await fixture.client().ask(Request(do: .cancel, plan: slow.plan))
    #expect(cancelled.state?.hasSuffix("/cancelled") == true)
    let result = try await client.next()
    #expect(result?.id == 1 && result?.error == "planCancelled")
    withExtendedLifetime(service) {}
  }

  @Test("is answered with each event of the plan, until it is final")
  func watch() async throws {
    let service = try await fixture.start()
    let client = try fixture.client()
    let plan = try await client.submit("a", "one two").plan
    try await client.send(Request(id: 7, do: .watch, plan: plan))
    var events: [Response] = []
    while let event = try await client.next(), event.event != nil { events.append(event) }
    #expect(events.first?.event == "use")
    #expect(events.last?.state == "apply/applied")
    #expect(events.allSatisfy { $0.id == 7 })
    withExtendedLifetime(service) {}
  }

  @Test("that is none is answered with what is wrong, and the connection goes on")
  func invalid() async throws {
    let service = try await fixture.start()
    let client = try fixture.client()
    for (line, code) in [
      ("no JSON", "invalidRequest"), (#"{"do": "dance"}"#, "invalidRequest"),
      (#"{"do": "submit", "key": "a"}"#, "invalidRequest"),
      (#"{"do": "status"}"#, "invalidRequest"),
      (#"{"do": "status", "plan": "x"}"#, "invalidID"),
      (#"{"do": "status", "plan": "01HQZX3V5T0000000000000000"}"#, "planNotFound"),
      (#"{"do": "submit", "key": "ü", "job": {"text": "x", "seconds": 0}}"#, "invalidText"),
    ] {
      try await client.send(line)
      let response = try await client.next()
      #expect(response?.error == code, "\(line)")
    }
    #expect(try await client.submit("a", "x").error == nil)
    withExtendedLifetime(service) {}
  }
}
