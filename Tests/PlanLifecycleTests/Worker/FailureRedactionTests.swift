import Foundation
import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

@Suite("What is stored of a handler's error", .timeLimit(.minutes(30)))
struct FailureRedactionTests {
  static let secret = "hunter2"

  enum UploadError: Error {
    case offline
    case refused(String)
  }

  struct TokenError: Error, CustomStringConvertible {
    let token: String
    var description: String { "the token \(token) is invalid" }
  }

  enum SelfDescribing: Error, CustomStringConvertible {
    case one
    var description: String { FailureRedactionTests.secret }
  }

  struct QuotaError: StorableError {
    let left: Int
    var storedMessage: String { "\(left) uploads are left" }
  }

  struct SafeError: StorableError, CustomStringConvertible {
    let description = "the daily quota is used up"
  }

  /// An error that would show its value in every way that Swift offers.
  static var errors: [(any Error, String)] {
    let module = "PlanLifecycleTests.FailureRedactionTests"
    return [
      (UploadError.offline, "\(module).UploadError.offline (code 1)"),
      (UploadError.refused(secret), "\(module).UploadError.refused (code 0)"),
      (TokenError(token: secret), "\(module).TokenError (code 1)"),
      (SelfDescribing.one, "\(module).SelfDescribing (code 0)"),
      (
        NSError(domain: "Uploads", code: -7, userInfo: [NSLocalizedDescriptionKey: secret]),
        "Uploads (code -7)"
      ),
      (QuotaError(left: 3), "3 uploads are left"),
      (SafeError(), "the daily quota is used up"),
    ]
  }

  @Test("is its type and code, and its message only if it declares that safe")
  func standard() {
    for (error, expected) in Self.errors {
      let message = FailureRedaction.standard.message(error)
      #expect(message == expected)
      #expect(!message.contains(Self.secret))
    }
    // The errors of the library carry no values.
    let error = PlanError.noChildren
    #expect(FailureRedaction.standard.message(error) == error.description)
    let storage = StorageError(.busy, operation: "saving", subject: "plan X")
    #expect(FailureRedaction.standard.message(storage) == storage.description)
  }

  private func storedMessage(
    of error: any Error, _ redaction: FailureRedaction? = nil
  ) async throws -> String? {
    let fixture = try LifecycleFixture()
    let handlers: [ActorName: PlanHandler] = [try Fixture.actor(): { _, _ in throw error }]
    let worker =
      if let redaction {
        PlanWorker(
          store: fixture.plans, name: "worker", handlers: handlers, redaction: redaction)
      } else {
        PlanWorker(store: fixture.plans, name: "worker", handlers: handlers)
      }
    async let running: Void = worker.run()
    let plan = try fixture.use(retry: try RetryPolicy(attempts: 1, base: .zero, cap: .zero))
    let failed = try await fixture.reached(plan.id) { $0.hasEnded }
    worker.stop()
    try await running
    #expect(failed.progress.failure?.code == .handlerFailed)
    let events = try fixture.plans.readBlocking { try $0.events(of: plan.id) }
    let isInEvents = events.contains { "\($0)".contains(Self.secret) }
    #expect(isInEvents == (failed.progress.failure?.message.contains(Self.secret) == true))
    return failed.progress.failure?.message
  }

  @Test("holds no value of it by default, in the plan and in its events")
  func stored() async throws {
    let message = try await storedMessage(of: UploadError.refused(Self.secret))
    #expect(message?.hasSuffix(".UploadError.refused (code 0)") == true)
  }

  @Test("is what the host decides, cut to a length that every store accepts")
  func decidedByHost() async throws {
    #expect(
      try await storedMessage(of: TokenError(token: Self.secret), .disabled)
        == "the token \(Self.secret) is invalid")
    let own = FailureRedaction { error in
      error is TokenError ? String(repeating: "x", count: 3_000) : "other"
    }
    #expect(try await storedMessage(of: TokenError(token: ""), own)?.count == 2_000)
    #expect(try await storedMessage(of: UploadError.offline, own) == "other")
  }
}
