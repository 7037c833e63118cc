import Foundation
import Planwright
import TestSupport
import Testing

@testable import planctl

@Suite("A plan file")
struct PlanFileTests {
  static let action = """
    "name": "a", "description": "d", "definitionOfDone": "x", "strategyActor": "p",
    "executionActor": "p"
    """
  static func file(_ action: String, programs: String = #"{"p": {"command": ["true"]}}"#) -> String
  {
    #"{"actions": [{"# + action + #"}], "programs": "# + programs + "}"
  }

  @Test(
    "that is wrong is refused with one sentence that names the file and the key",
    arguments: [
      ("", "the file is empty"), ("  ", "invalid JSON at line 1"),
      ("{\n\n!", "invalid JSON at line 3"),
      ("[]", "expected an object"), ("{}", "actions: this key is missing"),
      (#"{"actions": []}"#, "actions: expected at least one"),
      (#"{"actions": 1}"#, "actions: expected a list"),
      (#"{"acts": []}"#, "acts: unknown key"),
      (#"{"actions": [1]}"#, "actions[0]: expected an object"),
      (file(action + #", "colour": 1"#), "actions[0].colour: unknown key"),
      (file(#""name": "a""#), "actions[0].executionActor: this key is missing"),
      (
        file(action.replacing(#""a""#, with: #""a b""#)),
        "actions[0].name: The action name is invalid"
      ),
      (file(action.replacing(#""a""#, with: "5")), "actions[0].name: expected a string"),
      (file(action.replacing(#""d""#, with: #""{x}""#)), "actions[0]: The template"),
      (file(action + #", "reusable": 1"#), "actions[0].reusable: expected true or false"),
      (file(action + #", "automation": "fast""#), "actions[0].automation: There is no automation"),
      (file(action + #", "retry": {"attempts": 0}"#), "actions[0].retry: 'retry.attempts'"),
      (
        file(action + #", "retry": {"attempts": "x"}"#),
        "actions[0].retry.attempts: expected an integer"
      ),
      (
        file(action + #", "retry": {"attempts": 1, "baseSeconds": -1}"#),
        "baseSeconds: expected a number of"
      ),
      (file(action + #", "tags": ["☃"]"#), "actions[0].tags[0]: The text of 'tag'"),
      (file(action + #", "invariants": [1]"#), "actions[0].invariants[0]: expected a string"),
      (file(action + #", "arguments": [{"name": "x"}]"#), "arguments[0].type: this key is missing"),
      (
        file(action + #", "arguments": [{"name": "x", "type": "text"}]"#),
        "arguments[0].type: expected one of"
      ),
      (
        file(action + #", "arguments": [{"name": "x", "type": "integer", "default": "y"}]"#),
        "arguments[0]: Argument 'x' is invalid"
      ),
      (
        file(
          action
            + #", "arguments": [{"name": "x", "type": "list", "default": [], "required": true}]"#),
        "arguments[0]: a required argument cannot have a default"
      ),
      (file(action, programs: "{}"), "programs: missing program for the actor 'p'"),
      (file(action, programs: #"{"p": {}}"#), "programs.p.command: this key is missing"),
      (file(action, programs: #"{"p": {"command": []}}"#), "programs.p.command: expected the name"),
      (
        file(action, programs: #"{"p": {"command": [1]}}"#),
        "programs.p.command[0]: expected a string"
      ),
      (
        file(action, programs: #"{"p": {"command": ["x"], "cwd": 1}}"#),
        "programs.p.cwd: unknown key"
      ),
      (
        file(action, programs: #"{"p": {"command": ["x"], "timeoutSeconds": "1"}}"#),
        "programs.p.timeoutSeconds: expected a number of seconds"
      ),
      (file(action, programs: #"{"☃": {"command": ["x"]}}"#), "programs.☃: The text of 'actor'"),
      (file(action).replacing("}]", with: "},{\(action)}]"), "actions[1].name: another action"),
    ])
  func refused(text: String, sentence: String) async throws {
    let fixture = try PlanctlFixture()
    let path = try fixture.file("plan.json", text)
    #expect(await fixture.planctl("run", path) == 2)
    #expect(fixture.error.hasPrefix("planctl: \(path): ") && fixture.error.contains(sentence))
    #expect(fixture.error.count { $0 == "\n" } == 1 && fixture.output.isEmpty)
  }

  @Test("may have arguments of every type, given on the command line as JSON but for texts")
  func types() throws {
    let definitions = ArgumentType.allCases.map(\.rawValue).map { type in
      #"{"name": ""# + type + #"", "type": ""# + type + #""}"#
    }.joined(separator: ",")
    let text = Self.file(Self.action + #", "arguments": ["# + definitions + "]")
    let action = try PlanFile(Array(text.utf8), at: "/f", named: "f").actions[0]
    let given = [
      ("string", "{}"), ("integer", "7"), ("number", "1.5"), ("boolean", "true"),
      ("list", "[1]"), ("object", #"{"k": [1]}"#),
    ]
    let values = try GivenArguments(pairs: given.map { (name: $0.0, text: $0.1) })
      .values(for: action)
    #expect(try action.arguments.resolve(values)["object"] == ["k": [1]])
    #expect(values["string"] == "{}" && values.count == ArgumentType.allCases.count)
    let others = given.dropLast().map { (name: $0.0, text: $0.1) }
    let wrong = try GivenArguments(pairs: others + [(name: "object", text: "[]")])
      .values(for: action)
    #expect(errorCode { try action.arguments.resolve(wrong) } == "invalidArgument")
  }

  @Test("that is not there, or no file, is refused by its name")
  func missing() async throws {
    let fixture = try PlanctlFixture()
    #expect(await fixture.planctl("run", "/no/such/file.json") == 3)
    #expect(fixture.error == "planctl: /no/such/file.json: the file does not exist\n")
    let folder = try PlanctlFixture()
    #expect(await folder.planctl("run", folder.folder) == 2)
    #expect(folder.error.contains("the file cannot be read"))
  }

  @Test("never crashes planctl, whatever it contains")
  func fuzzing() throws {
    var random = SeededGenerator.announced()
    let fixture = try PlanctlFixture()
    let whole = Array(
      Self.file(Self.action + #", "retry": {"attempts": 3}, "tags": ["t"], "automation": "auto""#)
        .utf8)
    for _ in 0..<400 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(
          in: 0...255, using: &random)
      }
      let path = "\(fixture.folder)/fuzz.json"
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      do { _ = try PlanFile(path: path) } catch { #expect(error.description.hasPrefix(path)) }
    }
  }
}
