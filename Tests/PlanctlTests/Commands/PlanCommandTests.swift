import Foundation
import Planwright
import Testing

@testable import planctl

@Suite("The commands of planctl for plans")
struct PlanCommandTests {
  @Test("create a plan, find it by the beginning of its id, and lead it through an approval")
  func story() async throws {
    let store = try await StoreOfPlans()
    let id = try await store.use("--arg", "text=hello", "--label", "team=blue", "--by", "ann")
    #expect(id.count == 26)
    let listed = try await store.json("list", "--label", "team=blue").document["data"]?["plans"]
    #expect(listed?.arrayValue?.first?["id"] == .string(id))
    try store.complete(id, result: ["files": 3])
    let status = await store.text("status", String(id.prefix(20)).lowercased())
    #expect(status.status == 0 && status.text.contains("strategize/complete"))
    #expect(status.text.contains("planctl advance \(id)"))
    #expect(await store.text("result", id).text == "{\n  \"files\": 3\n}\n")
    let input = try store.fixture.file("input.json", #"{"approved": true}"#)
    let advanced = await store.text("advance", id, "--input", input, "--by", "bob", "--note", "go")
    #expect(advanced.text == "\(id)  advanced, now at execute/queued\n")
    let events = await store.text("events", id)
    #expect(events.text.split(separator: "\n").count == 4, "\(events.text)")
    #expect(events.text.contains("(by bob: go)"), "\(events.text)")
    let again = await store.text("advance", id)
    #expect(again.status == 4 && again.text.contains("does not allow advance"), "\(again.text)")
  }

  @Test("give the same document for every command: status, exit code, data, timing and messages")
  func envelope() async throws {
    let store = try await StoreOfPlans()
    let id = try await store.use()
    for words in [["list"], ["status", id], ["tree", id], ["events"], ["action", "list"]] {
      let text = PlanctlOutput()
      let status = await PlanctlCommand.run(
        words + ["--json", "--store", store.location], text.console)
      let document = try JSONValue(parsing: text.all)
      #expect(status == 0 && document["status"] == "done" && document["exitCode"] == 0)
      #expect(document["data"] != .null && document["timing"]?["started"]?.stringValue != nil)
      #expect(document["messages"]?.arrayValue != nil)
      #expect(
        document["command"]?.stringValue.map { words.joined(separator: " ").hasPrefix($0) } == true)
    }
    let (status, document) = try await store.json("status", "7ZZZ")
    #expect(status == 3 && document["exitCode"] == 3 && document["status"] == "notFound")
    #expect(document["messages"]?.arrayValue?.count == 1)
  }

  @Test("refuse the beginning of several ids, and what is no id")
  func prefixes() async throws {
    let store = try await StoreOfPlans()
    let (first, second) = (try await store.use(), try await store.use())
    let shared = String(zip(first, second).prefix { $0 == $1 }.map(\.0))
    let ambiguous = await store.text("status", shared)
    #expect(ambiguous.status == 4 && ambiguous.text.contains(first), "\(ambiguous.text)")
    #expect(await store.text("status", second).status == 0)
    for word in ["", "ILO", "no id", "\(first)0", "\u{1B}[31m"] {
      let refused = await store.text("status", word)
      #expect(refused.status == 2 && !refused.text.contains("\u{1B}"), "\(refused.text)")
    }
  }

  @Test("give a command to all plans that a filter selects, after a question")
  func all() async throws {
    let store = try await StoreOfPlans()
    for number in 0..<5 { _ = try await store.use("--label", "even=\(number % 2 == 0)") }
    let unconfirmed = await store.text("cancel", "--all", "--label", "even=true", "--reason", "x")
    #expect(unconfirmed.status == 4 && unconfirmed.text.contains("nothing was changed"))
    let confirmed = await store.text(
      "cancel", "--all", "--label", "even=true", "--reason", "x", "--yes")
    #expect(confirmed.status == 0 && confirmed.text.split(separator: "\n").count == 3)
    let left = try await store.json("list", "--state", "queued").document["data"]?["plans"]
    #expect(left?.arrayValue?.count == 2)
    #expect(await store.text("cancel", "--state", "queued", "--reason", "x").status == 2)
    #expect(await store.text("cancel", "--reason", "x").status == 2)
  }

  @Test("go on with the other plans when one refuses a command")
  func several() async throws {
    let store = try await StoreOfPlans()
    let (first, second) = (try await store.use(), try await store.use())
    try store.complete(second, result: nil)
    let (status, document) = try await store.json("advance", first, second)
    #expect(status == 4)
    #expect(document["data"]?["plans"]?.arrayValue?.first?["id"] == .string(second))
    #expect(document["data"]?["refused"]?.arrayValue?.first?["id"] == .string(first))
  }

  @Test("print pages, with the cursor of the next one")
  func pages() async throws {
    let store = try await StoreOfPlans()
    var ids: [String] = []
    for _ in 0..<5 { ids.append(try await store.use()) }
    var found: [String] = []
    var after: String?
    repeat {
      let words = ["--limit", "2", "--oldest"] + (after.map { ["--after", $0] } ?? [])
      let text = PlanctlOutput()
      _ = await PlanctlCommand.run(
        ["list", "--json", "--store", store.location] + words, text.console)
      let data = try #require(try JSONValue(parsing: text.all)["data"])
      found += data["plans"]?.arrayValue?.compactMap { $0["id"]?.stringValue } ?? []
      after = data["next"]?.stringValue
    } while after != nil
    #expect(found == ids)
  }

  @Test("escape what is foreign in texts and tables")
  func hostile() async throws {
    let store = try await StoreOfPlans()
    let id = try await store.use("--arg", "text=\u{1B}[31mred\u{9B}2J\u{202E}txt\u{2028}")
    for words in [["list"], ["status", id], ["tree", id]] {
      let text = PlanctlOutput()
      _ = await PlanctlCommand.run(words + ["--store", store.location], text.console)
      let scalars = text.all.unicodeScalars
      #expect(!scalars.contains { ["\u{1B}", "\u{9B}", "\u{202E}", "\u{2028}"].contains($0) })
    }
  }

  @Test("find a plan again by its idempotency key, and say so")
  func key() async throws {
    let store = try await StoreOfPlans()
    let id = try await store.use("--key", "monday")
    let (status, document) = try await store.json("use", "local/test", "--key", "monday")
    #expect(status == 0 && document["data"]?["isNew"] == false)
    #expect(document["data"]?["plan"]?["id"] == .string(id))
    #expect(await store.text("use", "local/test", "--key", "monday", "--arg", "text=y").status == 4)
    #expect(await store.text("use", "local/other").status == 3)
  }
}
