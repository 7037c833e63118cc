import Foundation
import Planwright
import TestSupport
import Testing

@testable import planctl

@Suite("The limits of planctl", .timeLimit(.minutes(30)))
struct LimitTests {
  // 700,000 numbers are 1.4 MB; as values in memory they are 17 MB, more than a document may have.
  @Test("count a result as it is written: many numbers are not many bytes")
  func numbers() async throws {
    let text = "{\"result\": [" + String(repeating: "1,", count: 699_999) + "1]}"
    guard case .complete(let ones) = try ProgramOutput.outcome(of: Array(text.utf8), in: .execute)
    else { throw TestError("the output is not a result") }
    #expect(ones.arrayValue?.count == 700_000)
    try ones.checked(field: "result")
    try ones.checked(field: "result", limit: 1_400_001)
    #expect(errorCode { try ones.checked(field: "result", limit: 1_400_000) } == "documentTooLarge")
    let fixture = try PlanctlFixture()
    let script = #"""
      printf '{"result": ['; head -c 39998 /dev/zero | sed 's/\x00\x00/1,/g'; printf '1]}'
      """#
    let path = try fixture.plan(script)
    #expect(await fixture.planctl("run", path) == 0, "\(fixture.error)")
    #expect(fixture.output.count { $0 == "1" } == 20_000)
  }

  @Test("refuse bytes that are not UTF-8, in the output of a program and on the command line")
  func encoding() async throws {
    let fixture = try PlanctlFixture()
    let path = try fixture.plan(#"printf '{"result": "\377"}'"#)
    #expect(await fixture.planctl("run", path) == 1)
    #expect(fixture.error.contains("UTF-8"), "\(fixture.error)")
    let script = #""$0" run "$1" --arg key="$(printf '\377')""#
    let (status, said) = try await ToolProcess.run(
      "/bin/sh", ["-c", script, try ToolProcess.path, path], fixture.environment)
    #expect(status == 2 && said.contains("is not UTF-8"), "\(said)")
    // The name of the current folder does not matter.
    let inside = #"cd "$2" && mkdir "$(printf '\377')" && cd * && cp "$1" a && "$0" run a --check"#
    let folder = "\(fixture.folder)-inside"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let (checked, text) = try await ToolProcess.run(
      "/bin/sh", ["-c", inside, try ToolProcess.path, path, folder], fixture.environment)
    #expect(checked == 0, "\(text)")
  }

  @Test("refuse two arguments that would be one environment variable, when the file is read")
  func variables() async throws {
    let fixture = try PlanctlFixture()
    let arguments = ["a-b", "A_B"].map { #"{"name": "\#($0)", "type": "string", "default": ""}"# }
    let text = """
      {"actions": [{"name": "a", "description": "d", "definitionOfDone": "x",
        "strategyActor": "p", "executionActor": "p",
        "arguments": [\(arguments.joined(separator: ","))]}],
       "programs": {"p": {"command": ["true"]}}}
      """
    let path = try fixture.file("plan.json", text)
    #expect(await fixture.planctl("run", path, "--check") == 2)
    #expect(
      fixture.error.contains(
        "actions[0].arguments: 'a-b' and 'A_B' would be one environment variable, PLANWRIGHT_ARG_A_B"
      ),
      "\(fixture.error)")
    // An action file without programs may have them.
    let programs = #""programs": {"p": {"command": ["true"]}}"#
    let plain = try fixture.file(
      "plain.json", text.replacing(programs, with: #""programs": null"#))
    #expect(await fixture.planctl("action", "create", plain) == 0)
  }

  @Test(
    "pass a text that no program can be started with in the document only",
    arguments: [131_000, 131_072, 200_000])
  func longTexts(length: Int) async throws {
    let fixture = try PlanctlFixture()
    let script = """
      test ${#PLANWRIGHT_ARG_TEXT} = \(length < 131_072 ? length : 0) || exit 64
      test "$(sed 's/.*"text":"\\(x*\\)".*/\\1/' | tr -d '\\n' | wc -c)" -eq \(length) || exit 65
      """
    #expect(
      try await fixture.run(script, "--arg", "text=\(String(repeating: "x", count: length))") == 0,
      "\(fixture.error.prefix(500))")
  }

  @Test("refuse a timeout of nothing and words that are too long, with the file and the key")
  func programs() async throws {
    let fixture = try PlanctlFixture()
    let zero = try fixture.plan("exit 0", timeout: 0)
    #expect(await fixture.planctl("run", zero, "--check") == 2)
    #expect(fixture.error.contains("\(zero): programs.a.timeoutSeconds: expected a number above 0"))
    let long = try fixture.plan(String(repeating: "#", count: 131_072), in: "long.json")
    #expect(await fixture.planctl("run", long, "--check") == 2)
    #expect(fixture.error.contains("\(long): programs.a.command[2]: this word has 131072 bytes"))
  }

  @Test("count failed and cancelled children apart from those that are done")
  func counts() throws {
    let round = ChildRound(number: 1, schedule: .standard, total: 20, ended: 7, holding: 4)
    let counts = StatusCounts([
      .executeComplete: 5, .executeErrored: 1, .strategizeCancelled: 1, .executeProcessing: 3,
      .strategizeQueued: 10,
    ])
    #expect(
      RunDisplay.text(of: round, counts)
        == "5 of 20 children done, 1 failed, 1 cancelled, 3 running, 10 waiting")
    #expect(RunDisplay.text(of: round, StatusCounts([:])).hasPrefix("7 of 20 children done, 0 run"))
  }
}
