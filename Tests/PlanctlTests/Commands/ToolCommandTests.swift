import Foundation
import Planwright
import Testing

@testable import planctl

@Suite("Every command of planctl, as a process", .timeLimit(.minutes(30)))
struct ToolCommandTests {
  // The framework for tests has a type of this name too.
  typealias Exit = planctl.ExitStatus

  /// A command line that succeeds, and a part of what it prints.
  struct Success: Sendable {
    let words: [String]
    let sentence: String
    /// Whether `--json` prints a line for each event before the envelope.
    var hasLines = false
  }

  /// A command line for each command; `{…}` are placeholders of `ToolStore`.
  static let successes: [String: Success] = [
    "run": Success(words: ["{good}"], sentence: "2.5"),
    "worker": Success(
      words: ["--actors", "{ok}", "--until-idle"], sentence: "attempt", hasLines: true),
    "use": Success(words: ["local/test", "--arg", "text=y"], sentence: "01"),
    "list": Success(words: [], sentence: "{queued}"),
    "status": Success(words: ["{approval}"], sentence: "planctl advance {approval}"),
    "tree": Success(words: ["{errored}"], sentence: "strategize/errored"),
    "events": Success(words: ["{errored}"], sentence: "fail  strategize/processing"),
    "result": Success(words: ["{approval}"], sentence: "\"files\": 3"),
    "advance": Success(words: ["{approval}"], sentence: "now at execute/queued"),
    "retry": Success(words: ["{errored}"], sentence: "now at strategize/queued"),
    "revert": Success(words: ["{errored}", "--reason", "x"], sentence: "reverted, now at"),
    "cancel": Success(
      words: ["{queued}", "--reason", "x"], sentence: "now at strategize/cancelled"),
    "expedite": Success(words: ["{queued}"], sentence: "nothing was changed"),
    "evict": Success(
      words: ["{processing}", "--reason", "x"], sentence: "now at strategize/queued"),
    "watch": Success(words: ["{applied}"], sentence: "apply/applied", hasLines: true),
    "report": Success(words: ["{errored}"], sentence: "1 failed"),
    "doctor": Success(words: ["{applied}"], sentence: "nothing stands still"),
    "action create": Success(words: ["{new}"], sentence: "local/new  version 1"),
    "action register": Success(words: ["{ok}"], sentence: "local/test  version 1"),
    "action list": Success(words: [], sentence: "local/human"),
    "action show": Success(words: ["test"], sentence: "definitionOfDone"),
    "action archive": Success(words: ["test"], sentence: "local/test  archived"),
    "store info": Success(words: [], sentence: "strategize/queued"),
    "store verify": Success(words: [], sentence: "7 plans, no inconsistency"),
    "store backup": Success(words: ["{folder}/{unique}.db"], sentence: "copied to"),
    "store restore": Success(words: ["{backup}", "--replace"], sentence: "restored from"),
    "store export": Success(words: ["{folder}/{unique}.jsonl"], sentence: "7 plans,"),
    "store import": Success(words: ["{archive}"], sentence: "7 plans,"),
    "store checkpoint": Success(words: [], sentence: "pages copied"),
    "store purge": Success(words: ["--before", "1d"], sentence: "0 plans removed"),
    "schema": Success(words: [], sentence: "definitionOfDone"),
    "completions": Success(words: ["bash"], sentence: "complete"),
    "manual": Success(words: [], sentence: ".SH NAME"),
  ]

  /// Whether a command uses a store.
  static func usesStore(_ command: CommandSpecification) -> Bool {
    command.option(named: "--store") != nil
  }

  static let all = Commands.all.map { $0.specification }

  /// The words of a command line that succeeds.
  static func words(_ command: CommandSpecification) -> [String] {
    let unique = UUID().uuidString
    let words = successes[command.name]?.words ?? []
    return command.name.split(separator: " ").map(String.init)
      + words.map { $0.replacing("{unique}", with: unique) }
  }

  /// Checks the one document of a command with `--json`; its data.
  @discardableResult
  static func check(
    _ ending: ToolProcess.Ending, of name: String, _ status: Exit, hasLines: Bool = false
  ) throws -> JSONValue? {
    let lines = ending.output.split(separator: "\n")
    #expect(hasLines || lines.count == 1, "\(name): \(ending)")
    let document = try JSONValue(parsing: String(lines.last ?? ""))
    #expect(document["command"] == .string(name), "\(ending)")
    #expect(document["status"] == .string(status.word), "\(ending)")
    #expect(document["exitCode"] == .integer(Int64(status.number)))
    #expect(ending.status == status.number, "\(name): \(ending)")
    #expect(document["timing"]?["durationMilliseconds"]?.integerValue.map { $0 >= 0 } == true)
    #expect(document["timing"]?["started"]?.stringValue?.hasSuffix("Z") == true)
    let messages = document["messages"]?.arrayValue?.compactMap(\.stringValue)
    #expect(messages != nil && (status == .done || messages?.isEmpty == false), "\(ending)")
    #expect(
      document.objectValue?.map(\.key)
        == ["command", "status", "exitCode", "data", "timing", "messages"])
    return document["data"]
  }

  @Test("ends with 0, prints its result as text, and as one JSON document")
  func done() async throws {
    let tools = try await ToolStore()
    #expect(Set(Self.successes.keys) == Set(Self.all.map(\.name)))
    for command in Self.all {
      let success = try #require(Self.successes[command.name])
      let isImport = command.name == "store import"
      for option in [[], ["--json"]] {
        let new = "sqlite:\(tools.store.fixture.folder)/\(UUID().uuidString).db"
        let location = isImport ? new : try tools.copy()
        let ending = try await tools.tool(Self.words(command) + option, at: location)
        guard option.isEmpty else {
          let data = try Self.check(ending, of: command.name, .done, hasLines: success.hasLines)
          #expect(data != nil && data != .null, "\(command.name)")
          continue
        }
        #expect(ending.status == 0, "\(command.name): \(ending)")
        let sentence = tools.words([success.sentence])[0]
        #expect((ending.output + ending.errors).contains(sentence), "\(command.name): \(ending)")
      }
    }
    for words in [["help"], ["--version"], ["help", "exit-codes"], ["list", "--help"]] {
      let ending = try await tools.tool(words, at: "sqlite:/none")
      #expect(ending.status == 0 && ending.output.contains("planctl") && ending.errors.isEmpty)
    }
  }

  @Test("ends with 1 when a plan, a check or a program failed")
  func failed() async throws {
    let tools = try await ToolStore()
    for (name, words, sentence) in [
      ("run", ["{bad}"], "'sh' exited with 70: broken"),
      ("watch", ["{errored}"], "planctl retry {errored}"),
      ("doctor", [], "planctl advance {approval}"),
      ("report", ["{errored}", "--html", "{folder}/none/x.html"], "nothing was changed there"),
    ] as [(String, [String], String)] {
      try await Self.check(name, words, .failed, sentence, tools)
    }
  }

  @Test("ends with 2 for a word that it does not know, and names its help")
  func usage() async throws {
    let tools = try await ToolStore()
    for command in Self.all {
      let words = Self.words(command) + ["--frobnicate"]
      let ending = try await tools.tool(words, at: "sqlite:/none")
      #expect(ending.status == 2 && ending.output.isEmpty, "\(ending)")
      #expect(
        ending.errors
          == "planctl: \(command.name): unknown option '--frobnicate'; 'planctl \(command.name) --help' "
          + "describes it\n")
      let json = try await tools.tool(words + ["--json"], at: "sqlite:/none")
      try Self.check(json, of: command.name, .usage)
    }
    for (words, name, sentence) in [
      (["action", "--json"], "action", "missing command; the commands are action create"),
      (["--json", "list"], "", "missing command before '--json'"),
      (["fly", "--json"], "fly", "unknown command 'fly'"),
    ] {
      let ending = try await tools.tool(words, at: "sqlite:/none")
      try Self.check(ending, of: name, .usage)
      #expect(ending.output.contains(sentence), "\(ending)")
    }
  }

  @Test("ends with 3 for a store, a plan, an action and a file that does not exist")
  func notFound() async throws {
    let tools = try await ToolStore()
    let creating = ["run", "action create", "action register", "store restore", "store import"]
    for command in Self.all where Self.usesStore(command) && !creating.contains(command.name) {
      let none = "sqlite:\(tools.store.fixture.folder)/none.db"
      let ending = try await tools.tool(Self.words(command) + ["--json"], at: none)
      try Self.check(ending, of: command.name, .notFound)
      #expect(ending.output.contains("there is no store at"), "\(ending)")
    }
    #expect(!FileManager.default.fileExists(atPath: "\(tools.store.fixture.folder)/none.db"))
    for (name, words, sentence) in [
      ("run", ["{folder}/none.json"], "the file does not exist"),
      ("worker", ["--actors", "{folder}/none.json"], "the file does not exist"),
      ("action create", ["{folder}/none.json"], "the file does not exist"),
      ("action register", ["{folder}/none.json"], "the file does not exist"),
      ("advance", ["{approval}", "--input", "{folder}/none.json"], "the file does not exist"),
      ("store import", ["{folder}/none"], "there is no file"),
      ("store restore", ["{folder}/none"], "there is no backup"),
      ("status", ["7ZZZ"], "no plan's id begins with '7ZZZ'"),
      ("retry", ["7ZZZ"], "no plan's id begins with '7ZZZ'"),
      ("result", ["{queued}"], "has no result yet"),
      ("use", ["local/none"], "There is no action local/none"),
      ("action show", ["local/none"], "'planctl action list' shows those that there are"),
    ] { try await Self.check(name, words, .notFound, sentence, tools) }
  }

  @Test("ends with 4 where a status, another process or a file that exists does not allow it")
  func conflict() async throws {
    let tools = try await ToolStore()
    for (name, words, sentence) in [
      ("advance", ["{queued}"], "which does not allow advance; it allows"),
      ("retry", ["{applied}"], "it has ended, and no command changes it"),
      ("revert", ["{queued}", "--reason", "x"], "does not allow revert"),
      ("expedite", ["{errored}"], "does not allow expedite"),
      ("evict", ["{queued}", "--reason", "x"], "does not allow evict"),
      ("cancel", ["{applied}", "--reason", "x"], "does not allow cancel"),
      ("cancel", ["--all", "--reason", "x"], "nothing was changed; --yes goes on"),
      ("status", ["0"], "is the beginning of"),
      ("action create", ["{ok}"], "'planctl action register' updates it"),
      ("use", ["local/test", "--key", "k", "--arg", "text=z"], "used for plan"),
      ("store backup", ["{text}"], "'{text}' exists already, and nothing is overwritten"),
      ("store export", ["{text}"], "'{text}' exists already, and nothing is overwritten"),
      ("store restore", ["{backup}"], "nothing was changed; --replace replaces a store"),
      ("store import", ["{archive}"], "nothing was written"),
    ] {
      try await Self.check(name, words, .conflict, sentence, tools)
    }
  }

  @Test("ends with 5 for a file that is not a store, and names the file and what to do")
  func storage() async throws {
    let tools = try await ToolStore()
    let words = { (command: CommandSpecification) in Self.words(command) + ["--json"] }
    for command in Self.all where Self.usesStore(command) {
      let text = tools.words(["{text}"])[0]
      let ending = try await tools.tool(words(command), at: "sqlite:\(text)")
      try Self.check(ending, of: command.name, .storage)
      #expect(ending.output.contains("\(text) failed: it is not a store of plans"), "\(ending)")
      #expect(try String(contentsOfFile: text, encoding: .utf8) == "no document\n")
    }
  }

  @Test("ends with 6 where a plan waits for an approval")
  func approval() async throws {
    let tools = try await ToolStore()
    for (name, words, sentence) in [
      ("run", ["{manual}"], "it waits for approval: planctl advance 01"),
      ("watch", ["{approval}"], "planctl advance {approval}"),
    ] { try await Self.check(name, words, .waitsForApproval, sentence, tools) }
  }

  @Test("runs plans alike in memory and in a file, and says why no other command uses memory")
  func memory() async throws {
    let tools = try await ToolStore()
    for command in Self.all where Self.usesStore(command) && command.name != "run" {
      let ending = try await tools.tool(Self.words(command) + ["--json"], at: "memory:")
      try Self.check(ending, of: command.name, .usage)
      let isRestore = command.name == "store restore"
      let sentence = isRestore ? "this kind of store cannot do that" : "ends with its process"
      #expect(ending.output.contains(sentence), "\(ending)")
    }
    for (file, status) in [
      ("{good}", .done), ("{bad}", .failed), ("{manual}", .waitsForApproval),
      ("{text}", .usage), ("{folder}/none", .notFound),
    ] as [(String, Exit)] {
      var found: [JSONValue?] = []
      var printed: [String] = []
      for location in ["memory:", "memory:name", "sqlite:{folder}/\(UUID().uuidString).db"] {
        let store = tools.words([location])[0]
        let json = try await tools.tool(["run", file, "--new", "--json"], at: store)
        found.append(Self.comparable(try Self.check(json, of: "run", status)))
        printed.append(try await tools.tool(["run", file, "--new"], at: store).output)
      }
      #expect(found.allSatisfy { $0 == found[0] }, "\(file): \(found)")
      #expect(printed.allSatisfy { $0 == printed[0] }, "\(file): \(printed)")
    }
  }

  /// A document without ids and times.
  private static func comparable(_ value: JSONValue?) -> JSONValue? {
    if let elements = value?.arrayValue { return .array(elements.compactMap(comparable)) }
    guard let members = value?.objectValue else { return value }
    return .object(
      members.filter { !["id", "createdAt", "updatedAt"].contains($0.key) }
        .map { ($0.key, comparable($0.value) ?? .null) })
  }

  /// Runs a command twice, for a text and for a document; checks how it ends and what it says.
  private static func check(
    _ name: String, _ operands: [String], _ status: Exit, _ sentence: String,
    _ tools: ToolStore
  ) async throws {
    let words = name.split(separator: " ").map(String.init) + operands
    let sentence = tools.words([sentence])[0]
    let text = try await tools.tool(words, at: try tools.copy())
    #expect(text.status == status.number, "\(words): \(text)")
    #expect((text.output + text.errors).contains(sentence), "\(words): \(text)")
    let json = try await tools.tool(words + ["--json"], at: try tools.copy())
    try check(json, of: name, status, hasLines: ["watch", "worker"].contains(name))
    let document = try JSONValue(parsing: String(json.output.split(separator: "\n").last ?? ""))
    let said = [document["messages"], document["data"]].compactMap { $0?.pretty() }.joined()
    #expect(said.contains(sentence), "\(words): \(said)")
  }
}
