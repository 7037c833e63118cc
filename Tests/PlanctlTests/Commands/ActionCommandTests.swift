import Planwright
import Testing

@testable import planctl

@Suite("The commands of planctl for actions and operators")
struct ActionCommandTests {
  @Test("list, show and archive an action, and update it from its file")
  func actions() async throws {
    let store = try await StoreOfPlans()
    let listed = try await store.json("action", "list", "--namespace", "local", "--limit", "1")
    #expect(listed.document["data"]?["actions"]?.arrayValue?.first?["name"] == "local/test")
    let text = await store.text("action", "list").text
    #expect(text.contains("local/test") && !text.contains("DescriptionTemplate"), "\(text)")
    #expect(await store.text("action", "list", "--tag", "none").text == "no actions\n")
    #expect(await store.text("action", "list", "--state", "odd").status == 2)
    let shown = try await store.json("action", "show", "local/test")
    #expect(shown.document["data"]?["arguments"]?.arrayValue?.first?["name"] == "text")
    let actor = try #require(shown.document["data"]?["strategyActor"]?.stringValue)
    #expect(try ActorName(actor).nameInFile == "a" && actor.hasPrefix("a@"))
    let file = "\(store.fixture.folder)/actions.json"
    #expect(await store.text("action", "create", file).status == 4)
    #expect(await store.text("action", "register", file).text == "local/test  version 1\n")
    #expect(await store.text("action", "archive", "local/test").text == "local/test  archived\n")
    #expect(await store.text("use", "local/test").status == 4)
    #expect(await store.text("action", "show", "local/none").status == 3)
  }

  @Test("revert, retry, expedite and evict plans, and refuse what a plan does not allow")
  func operators() async throws {
    let store = try await StoreOfPlans()
    let id = try await store.use()
    try store.complete(id, result: nil)
    let reverted = await store.text("revert", id, "--reason", "again")
    #expect(reverted.text == "\(id)  reverted, now at strategize/queued\n")
    #expect(await store.text("expedite", id).status == 0)
    #expect(await store.text("retry", id).status == 4)
    #expect(await store.text("evict", id, "--reason", "x").status == 4)
    #expect(await store.text("events", id).text.contains("again"))
  }

  @Test("take projects, labels and a later start for a plan, and name what is wrong with them")
  func use() async throws {
    let store = try await StoreOfPlans()
    let id = try await store.use(
      "--project", "site:web:ro", "--project", "docs", "--label", "team=blue", "--automation",
      "review", "--not-before", "2999-01-31T08:00:00Z")
    let (_, document) = try await store.json("status", id)
    let data = try #require(document["data"])
    #expect(data["projects"]?.arrayValue?.first?["alias"] == "web")
    #expect(data["labels"]?["team"] == "blue")
    #expect(data["readyAt"]?.stringValue?.hasPrefix("2999") == true)
    #expect(await store.text("status", id).text.contains("team=blue"))
    for wrong in [
      ["--not-before", "soon"], ["--project", "a:b:c"], ["--label", "x"], ["--automation", "x"],
    ] {
      let output = PlanctlOutput()
      let words = ["use", "local/test", "--store", store.location] + wrong
      #expect(await PlanctlCommand.run(words, output.console) == 2, "\(wrong) \(output.all)")
    }
    #expect(await store.text("result", id).status == 3)
    #expect(await store.text("result", id, "--phase", "x").status == 2)
    #expect(await store.text("advance", id, "--input", "/nonexistent").status == 3)
  }
}
