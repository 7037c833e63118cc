import Foundation
import Planwright
import Testing

@testable import planctl

/// A store with plans in several statuses, copies of which are given to processes of the tool.
struct ToolStore {
  let store: StoreOfPlans
  /// What the placeholders in the words of a command stand for.
  private var values: [String: String] = [:]

  /// Creates the store, plan files that end in different ways, and an export and a backup of it.
  init() async throws {
    store = try await StoreOfPlans()
    let fixture = store.fixture
    for (name, status) in [
      ("queued", PlanStatus.strategizeQueued), ("errored", .strategizeErrored),
      ("cancelled", .strategizeCancelled), ("applied", .applyApplied),
    ] { values[name] = try await store.plan(at: status)?.description }
    let approval = try await store.use()
    try store.complete(approval, result: ["files": 3])
    values["approval"] = approval
    _ = try await store.use("--key", "k")
    values["folder"] = fixture.folder
    values["ok"] = "\(fixture.folder)/actions.json"
    values["good"] = try fixture.plan(
      "echo '{\"result\": [1, 2.5]}'", in: "good.json", keys: Self.auto)
    values["bad"] = try fixture.plan("echo broken >&2; exit 70", in: "bad.json", keys: Self.auto)
    values["manual"] = try fixture.plan(
      "exit 0", in: "manual.json", keys: #", "automation": "manual""#)
    values["text"] = try fixture.file("text.txt", "no document\n")
    values["new"] = try fixture.file(
      "new.json",
      #"{"actions": [{"name": "new", "description": "d", "definitionOfDone": "x", "#
        + #""strategyActor": "somebody", "executionActor": "somebody"}]}"#)
    let human = try fixture.file(
      "human.json",
      #"{"actions": [{"name": "human", "description": "d", "definitionOfDone": "x", "#
        + #""strategyActor": "human", "executionActor": "human"}]}"#)
    #expect(await store.text("action", "create", human).status == 0)
    values["processing"] = try store.claim(store.use(action: "local/human"))
    for (name, words) in [("archive", ["export"]), ("backup", ["backup"])] {
      let path = "\(fixture.folder)/\(name)"
      let made = await store.text(words: ["store"] + words + [path])
      #expect(made.status == 0, "\(made)")
      values[name] = path
    }
  }

  private static let auto = #", "automation": "auto", "retry": {"attempts": 1}"#

  /// Words with a value for each placeholder, as in `{queued}`.
  func words(_ words: [String]) -> [String] {
    words.map { word in
      values.reduce(word) { $0.replacing("{\($1.key)}", with: $1.value) }
    }
  }

  /// A copy of the store for one command; its location.
  func copy() throws -> String {
    let path = "\(store.fixture.folder)/\(UUID().uuidString).db"
    try FileManager.default.copyItem(atPath: "\(store.fixture.folder)/plans.db", toPath: path)
    return "sqlite:\(path)"
  }

  /// Runs the tool as a process, with a location as the store of the environment.
  func tool(_ words: [String], at location: String) async throws -> ToolProcess.Ending {
    try await ToolProcess.tool(
      self.words(words),
      store.fixture.environment.merging(["PLANWRIGHT_STORE": location, "NO_COLOR": "1"]) { $1 })
  }
}

extension StoreOfPlans {
  /// Gives a command and returns its exit status and everything that it printed.
  func text(words: [String]) async -> (status: Int32, text: String) {
    let text = PlanctlOutput()
    let status = await PlanctlCommand.run(
      words + ["--store", location], text.console, environment: fixture.environment)
    return (status, text.all)
  }

  /// Creates a plan of an action and returns its id.
  func use(action: ActionName) throws -> Plan.ID {
    let system = try PlanSystem.open(StorageBackend(location: location))
    defer { try? system.close() }
    return try system.plans.writeBlocking { try $0.use(PlanUse(action: action)).id }
  }

  /// Claims a plan, as a worker that has gone does; its id as a text.
  func claim(_ id: Plan.ID) throws -> String {
    let system = try PlanSystem.open(StorageBackend(location: location))
    defer { try? system.close() }
    try system.plans.writeBlocking { transaction in
      _ = try transaction.claim(id, owner: LeaseOwner("gone"), leaseFor: .seconds(86_400))
    }
    return id.description
  }
}
