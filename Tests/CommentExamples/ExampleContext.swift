import Foundation
import Planwright
import PlanwrightTesting

/// The names that the examples in comments use without defining them; compiled, but never run.
struct ExampleContext: Sendable {
  let system: PlanSystem
  let test: TestSystem
  let backend: StorageBackend
  let id: Plan.ID
  let token: LeaseToken
  let time: Timestamp
  let definition: ActionDefinition
  let note: TypedAction<Note, String>
  let release: TypedAction<Release, String>
  let milk: PlanHandle<String>
  let bread: PlanHandle<String>
  let worker: PlanWorker
  let running: Task<Void, any Error>
  let handlers: [ActorName: PlanHandler]
  let run: TypedAssignment<Note, NoValue>
  let pages: [String]
  let document: JSONValue
  let change: RecordedEvent

  func build(_ version: String) async throws -> String { version }
  func publish(_ archive: String) async throws -> String { archive }
  func isFinished(_ release: Release) async throws -> Bool { true }
  func isFinished(_ arguments: JSONObject) async throws -> Bool { true }
  func isOpen(_ release: Release) async throws -> Bool { true }
  func send(_ text: JSONValue?, key: String) async throws {}
  func fetch(_ page: String) async throws {}
}

struct Note: Codable, Sendable {
  let text: String
}

struct Release: Codable, Sendable {
  let version: String
}

struct UploadError: Error {
  let summary: String
}

/// Stands for the macro of Testing.
func expect(_ condition: Bool) {}

/// Stands for the macro of Testing.
func expect<E: Error, R>(throws error: E.Type, _ body: () async throws -> R) async {}
