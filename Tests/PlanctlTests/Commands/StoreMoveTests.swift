import Foundation
import Planwright
import TestSupport
import Testing

@testable import planctl

@Suite("The commands of planctl that move a store")
struct StoreMoveTests {
  /// Gives a command to another store; its exit status and everything that it printed.
  private static func planctl(
    _ words: [String], _ fixture: PlanctlFixture
  ) async -> (status: Int32, text: String) {
    let text = PlanctlOutput()
    let status = await PlanctlCommand.run(words, text.console, environment: fixture.environment)
    return (status, text.all)
  }

  private static func list(_ location: String, _ fixture: PlanctlFixture) async throws -> JSONValue
  {
    let listed = await planctl(["list", "--json", "--store", location], fixture)
    return try #require(try JSONValue(parsing: listed.text)["data"])
  }

  @Test("export everything, one tree or one label, and import it into a store that is new")
  func move() async throws {
    let store = try await StoreOfPlans()
    let first = try await store.use("--label", "team=blue")
    let second = try await store.use("--label", "team=red")
    let folder = store.fixture.folder
    for (words, ids) in [
      ([], [first, second]), (["--root", first], [first]), (["--label", "team=red"], [second]),
    ] as [([String], [String])] {
      let name = "\(folder)/\(words.first ?? "all")"
      let (file, target) = ("\(name).jsonl", "\(name).db")
      let exported = await Self.planctl(
        ["store", "export", file, "--json", "--store", store.location] + words, store.fixture)
      let data = try JSONValue(parsing: exported.text)["data"]
      #expect(exported.status == 0 && data?["plans"] == .integer(Int64(ids.count)))
      let location = "sqlite:\(target)"
      let imported = await Self.planctl(
        ["store", "import", file, "--store", location], store.fixture)
      #expect(imported.status == 0 && imported.text.contains("\(ids.count.plans), "))
      let listed = try await Self.list(location, store.fixture)["plans"]?.arrayValue
      #expect(Set(listed?.compactMap { $0["id"]?.stringValue } ?? []) == Set(ids))
      #expect(
        await Self.planctl(["store", "verify", "--store", location], store.fixture).status == 0)
      let again = await Self.planctl(
        ["store", "import", file, "--store", location], store.fixture)
      #expect(again.status == 4 && again.text.contains("nothing was written"), "\(again.text)")
      let occupied = await store.text("store", "export", file)
      #expect(occupied.status == 4 && occupied.text.contains("exists already"), "\(occupied)")
    }
  }

  @Test("say what is wrong with words, files and stores, and leave everything as it is")
  func wrong() async throws {
    let store = try await StoreOfPlans()
    _ = try await store.use()
    let folder = store.fixture.folder
    let text = try store.fixture.file("text.jsonl", "no archive\n")
    for (words, status, sentence) in [
      (["export", "x", "--root", "01", "--label", "a=b"], 2, "exclude each other"),
      (["export", "-", "--json"], 2, "standard output"),
      (["export", "\(folder)/none/x.jsonl"], 5, "No such file"),
      (["export", "\(folder)/x.jsonl", "--root", "7Z"], 3, "no plan's id begins"),
      (["import", "\(folder)/none.jsonl"], 3, "there is no file"),
      (["import", text], 2, "line 1"), (["import", text], 2, "it is not an archive of plans"),
      (["restore", "\(folder)/none.db"], 3, "there is no backup"),
      (["restore", text], 5, "not a store"),
    ] as [([String], Int32, String)] {
      let found = await Self.planctl(
        ["store"] + words + ["--store", store.location], store.fixture)
      #expect(found.status == status && found.text.contains(sentence), "\(words): \(found)")
    }
    for (command, file) in [
      ("export", text), ("import", text), ("restore", "\(folder)/plans.db"),
    ] {
      let found = await Self.planctl(["store", command, file, "--store", "memory:"], store.fixture)
      #expect(found.status == 2, "\(found)")
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(Set(names) == ["plans.db", "actions.json", "text.jsonl"])
  }

  @Test("restore a backup where nothing is, and over a store only with --replace")
  func restore() async throws {
    let store = try await StoreOfPlans()
    let id = try await store.use()
    let copy = "\(store.fixture.folder)/copy.db"
    #expect(await store.text("store", "backup", copy).status == 0)
    _ = try await store.use()
    let refused = await store.text("store", "restore", copy)
    #expect(
      refused.status == 4 && refused.text.contains("; --replace replaces a store"), "\(refused)")
    #expect(try await Self.list(store.location, store.fixture)["plans"]?.arrayValue?.count == 2)
    #expect(await store.text("store", "restore", copy, "--replace").status == 0)
    let plans = try await Self.list(store.location, store.fixture)["plans"]?.arrayValue
    #expect(plans?.compactMap { $0["id"]?.stringValue } == [id])
    for (path, reason) in [
      (try store.fixture.file("empty.db", ""), "it is empty"),
      (store.fixture.folder, "it is a folder"),
    ] {
      let wrong = await store.text("store", "restore", path, "--replace")
      #expect(wrong.status == 5 && wrong.text.contains("(\(reason)), so it is no"), "\(wrong)")
    }
    let fresh = "sqlite:\(store.fixture.folder)/fresh.db"
    #expect(
      await Self.planctl(["store", "restore", copy, "--store", fresh], store.fixture).status == 0)
    let system = try PlanSystem.open(StorageBackend(location: store.location))
    let open = await store.text("store", "restore", copy, "--replace")
    #expect(open.status == 4 && open.text.contains("has it open"), "\(open)")
    try system.close()
  }

  @Test("export to standard output and import from standard input, as processes of their own")
  func streams() async throws {
    let store = try await StoreOfPlans()
    let id = try await store.use()
    let target = "sqlite:\(store.fixture.folder)/target.db"
    let tool = try ToolProcess.path
    let ended = try await ToolProcess.run(
      "/bin/sh",
      [
        "-c",
        "'\(tool)' store export - --store '\(store.location)' "
          + "| '\(tool)' store import - --store '\(target)'",
      ], store.fixture.environment)
    #expect(ended.status == 0 && ended.output.contains("1 plan, "), "\(ended)")
    let plans = try await Self.list(target, store.fixture)["plans"]?.arrayValue
    #expect(plans?.compactMap { $0["id"]?.stringValue } == [id])
  }
}
