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
  }

  @Test("is the same in each process, also of types inside of functions and of generic ones")
  func stableNames() throws {
    struct Local: Error {}
    struct Box<Value>: Error {}
    let name = "PlanLifecycleTests.FailureRedactionTests"
    #expect(String(reflecting: Local.self).contains("(unknown context at $"))
    #expect(FailureRedaction.standard.message(Local()) == "\(name).Local (code 1)")
    #expect(
      FailureRedaction.standard.message(Box<Local>()) == "\(name).Box<\(name).Local> (code 1)")
    #expect(
      FailureRedaction.standard.message(FileError()) == "PlanLifecycleTests.FileError (code 1)")
  }

  @Test("has the domain of a Foundation error only if that is a plain name")
  func domains() {
    func message(_ domain: String) -> String {
      FailureRedaction.standard.message(NSError(domain: domain, code: 7))
    }
    let longest = String(repeating: "x", count: 100)
    for domain in ["NSCocoaErrorDomain", "org.example.App-1_b", longest] {
      #expect(message(domain) == "\(domain) (code 7)")
    }
    for domain in [
      "alice@example.org", "user \(Self.secret)", "", "é", longest + "x",
      "a/\(Self.secret)", "a\nb",
    ] {
      #expect(message(domain).hasSuffix("NSError (code 7)"))
      #expect(domain.isEmpty || !message(domain).contains(domain))
    }
  }

  @Test("has no id, name or path that an error of the library carries, unless the host says so")
  func libraryErrors() throws {
    let id = Plan.ID(ULID(high: 1, low: 2))
    let key = try Key(Self.secret)
    let name = try ActionName(Self.secret)
    let errors: [(any Error, String)] = [
      (PlanError.actionNotFound(name), "PlanError.actionNotFound"),
      (PlanError.unknownArgument(name: Self.secret), "PlanError.unknownArgument"),
      (PlanError.planNotFound(id), "PlanError.planNotFound"),
      (
        PlanError.invalidChild(key: key, reason: .actionNotFound(name)),
        "PlanError.invalidChild: PlanError.actionNotFound"
      ),
      (PlanError.duplicateSiblingKey(key), "PlanError.duplicateSiblingKey"),
      (
        PlanError.documentTooLarge(field: Self.secret, bytes: 2, limit: 1),
        "PlanError.documentTooLarge"
      ),
      (
        StorageError(
          .busy, operation: "saving", subject: "/data/\(Self.secret)", reason: Self.secret),
        "StorageError.busy: other connections kept the store locked for too long"
      ),
    ]
    for (error, expected) in errors {
      #expect(FailureRedaction.standard.message(error) == expected)
      #expect(FailureRedaction.disabled.message(error) == String(describing: error))
    }
    for error in [
      PlanError.noChildren, .tooManyChildren(count: 2, limit: 1), .notFinite,
      .documentTooLarge(field: "result", bytes: 2, limit: 1),
    ] {
      #expect(FailureRedaction.standard.message(error) == error.description)
    }
  }

  private struct Person: Codable {
    var age: Int
    var tags: [String: Double] = [:]
  }

  @Test("has the members of types and the positions of a path, and no keys of dictionaries")
  func paths() throws {
    struct Team: Codable {
      var people: [String: [Person]]
      var byNumber: [Int: [Color: Double]] = [:]
    }
    enum Color: String, Codable, CodingKeyRepresentable { case red }
    func message(_ body: () throws -> Void) -> (stored: String, told: String)? {
      do { try body() } catch {
        return (FailureRedaction.standard.message(error), String(describing: error))
      }
      return nil
    }
    let secret = Self.secret
    let people: JSONValue = [["age": 1, "tags": [:]], ["age": "x"]]
    let document: JSONValue = ["people": .object(try JSONObject([(secret, people)]))]
    let decoding = message { _ = try document.decoded(as: Team.self, field: "arguments") }
    #expect(
      decoding?.stored
        == "'arguments.people[*][1].age' cannot be decoded: it is a string, but Int is needed;"
        + " correct the document or the type.")
    #expect(decoding?.told.contains("'arguments.people.\(secret)[1].age'") == true)
    let team = Team(people: [secret: [Person(age: 1, tags: ["a \(secret)": .nan])]])
    let encoding = message { _ = try JSONValue(encoding: team, field: "result") }
    #expect(encoding?.stored.contains("'result.people[*][0].tags[*]' cannot be stored") == true)
    #expect(encoding?.told.contains(#".tags["a \#(secret)"]'"#) == true)
    let numbers = Team(people: [:], byNumber: [5_551_234: [.red: .infinity]])
    let numbered = message { _ = try JSONValue(encoding: numbers, field: "result") }
    #expect(numbered?.stored.contains("'result.byNumber[*][*]' cannot") == true)
    #expect(numbered?.told.contains("'result.byNumber[5551234].red' cannot") == true)
    // The name of a document that the host chose is left out as well.
    let named = message { _ = try JSONValue(encoding: Double.nan, field: secret) }
    #expect(named?.stored.hasPrefix("'document' cannot be stored") == true)
    #expect(named?.told.hasPrefix("'\(secret)' cannot be stored") == true)
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

/// An error that is private to its file.
private struct FileError: Error {}
