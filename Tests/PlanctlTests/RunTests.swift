import Foundation
import Synchronization
import TestSupport
import Testing

@testable import planctl

@Suite("planctl", .timeLimit(.minutes(30)))
struct RunTests {
  @Test(
    "explains itself, and says what is wrong with a command line",
    arguments: [
      ([], 2, "Usage: planctl COMMAND"), (["fly"], 2, "unknown command 'fly'"),
      (["run"], 2, "missing FILE.json"), (["run", "a", "b"], 2, "unexpected word 'b'"),
      (["run", "--frobnicate"], 2, "unknown option '--frobnicate'"),
      (["run", "f", "--arg"], 2, "--arg: missing value"),
      (["run", "f", "--arg", "x"], 2, "expected NAME=VALUE"),
      (["run", "f", "--arg", "=x"], 2, "expected NAME=VALUE"),
      (["run", "f", "--concurrency", "0"], 2, "from 1 to 256"),
      (["run", "f", "--concurrency", "x"], 2, "from 1 to 256"),
      (["run", "--", "--x"], 3, "--x: the file does not exist"),
    ] as [([String], Int32, String)])
  func usage(words: [String], status: Int32, sentence: String) async throws {
    let text = PlanctlOutput()
    #expect(await PlanctlCommand.run(words, text.console) == status)
    #expect(text.all.contains(sentence))
  }

  @Test("has help for itself and for run")
  func help() async throws {
    for words in [["help"], ["--help"], ["-h"], ["run", "--help"], ["run", "x", "-h"]] {
      let text = PlanctlOutput()
      #expect(await PlanctlCommand.run(words, text.console) == 0)
      #expect(text.all.hasPrefix("Usage: planctl"))
    }
  }

  @Test("runs a plan to its end and prints its result")
  func success() async throws {
    let fixture = try PlanctlFixture()
    let script = #"cat >/dev/null; printf '{"result": {"phase": "%s"}}' "$PLANWRIGHT_PHASE""#
    #expect(try await fixture.run(script, readOnly: false) == 0)
    #expect(fixture.output == "{\n  \"phase\": \"apply\"\n}\n")
    #expect(
      fixture.error.contains("strategize: started") && fixture.error.contains("apply/applied after")
    )
  }

  @Test("passes arguments in the environment and in the document, and never through a shell")
  func arguments() async throws {
    let fixture = try PlanctlFixture()
    let hostile = "$(touch pwned); 'x' \"y\"\n☃"
    let script = """
      test "$PLANWRIGHT_ARG_LIST_OF" = '[1,"a"]' || exit 9
      test -d "$PLANWRIGHT_WORKDIR" && test -n "$PLANWRIGHT_PLAN" || exit 8
      test "$PLANWRIGHT_ATTEMPT" = 1 || exit 7
      grep -q '"phase":"'$PLANWRIGHT_PHASE'"' || exit 6
      printf '%s' "$PLANWRIGHT_ARG_TEXT" | cmp -s - "$EXPECTED_TEXT" || exit 5
      """
    let expected = try fixture.file("expected", hostile)
    let command = "EXPECTED_TEXT='\(expected)'; \(script)"
    let status = try await fixture.run(
      command, "--arg", "text=\(hostile)", "--arg", #"list-of=[1, "a"]"#, "--store",
      "memory:\(UUID().uuidString)", "--concurrency", "1", "--action", "local/test")
    #expect(status == 0, "\(fixture.error)")
    #expect(!FileManager.default.fileExists(atPath: "pwned"))
  }

  @Test(
    "ends with status 1 and the reason when the plan does not succeed",
    arguments: [
      ("echo broken >&2; exit 3", "'sh' exited with 3: broken"),
      ("exit 70", "'sh' exited with 70"), ("kill -9 $$", "ended by signal 9"),
      ("echo '{garbage'", "the program's output: invalid JSON at line 1"),
      ("echo '[]'", "expected an object"), ("echo '{\"x\": 1}'", "x: unknown key"),
      ("echo '{\"result\": 1} 2'", "there is data after the document"),
      ("echo '{\"children\": [], \"result\": 1}'", "'children' cannot be combined"),
      (
        "echo '{\"constrained\": \"x\", \"result\": 1}'",
        "'constrained' cannot be combined with 'result'"
      ),
      ("echo '{\"schedule\": {\"mode\": \"parallel\"}}'", "'schedule' requires 'children'"),
      (
        "echo '{\"constrained\": \"no room\"}'",
        "'sh': the program's output: 'constrained' is for the phase apply only; this is strategize"
      ),
      (
        "echo '{\"children\": [{\"action\": \"test\"}]}'",
        "'sh': the program's output: 'children' is for the phase execute only; this is strategize"
      ),
      ("head -c 100000000 /dev/zero", "more than 16 MiB"),
      ("sleep 86400", "was ended after its timeout"),
    ])
  func failures(script: String, sentence: String) async throws {
    let fixture = try PlanctlFixture()
    #expect(try await fixture.run(script, timeout: script.hasPrefix("sleep") ? 0.2 : 3_600) == 1)
    #expect(fixture.error.contains(sentence), "\(fixture.error)")
    #expect(fixture.output.isEmpty)
  }

  @Test("tries again what may be tried again, and nothing else")
  func retries() async throws {
    for (code, attempts) in [(75, 3), (1, 3), (64, 1), (74, 1)] {
      let fixture = try PlanctlFixture()
      let count = "\(fixture.folder)/count"
      #expect(try await fixture.run("echo x >>'\(count)'; exit \(code)", attempts: 3) == 1)
      let lines = try String(contentsOfFile: count, encoding: .utf8).count { $0 == "\n" }
      #expect(lines == attempts, "exit \(code)")
    }
  }

  @Test("spawns the children that a program asks for, and tells it how they ended")
  func children() async throws {
    let fixture = try PlanctlFixture()
    let script = #"""
      test "$PLANWRIGHT_PHASE" = execute || exit 0
      if grep -q '"parent"'; then
        test "$PLANWRIGHT_ARG_TEXT" = good || { echo told to fail >&2; exit 64; }
      elif [ "$PLANWRIGHT_CHILDREN_TOTAL" = 0 ]; then
        echo '{"children": [
          {"key": "one", "action": "test", "arguments": {"text": "good"}, "automation": "auto"},
          {"key": "two", "action": "test", "arguments": {"text": "bad"}, "dependsOn": ["one"]},
          {"key": "three", "action": "test", "dependsOn": ["two"]}],
          "schedule": {"mode": "dependencyOrdered", "maxParallel": 2, "failFast": false}}'
      else
        echo "{\"result\": \"$PLANWRIGHT_CHILDREN_SUCCEEDED of $PLANWRIGHT_CHILDREN_TOTAL\"}"
      fi
      """#
    #expect(try await fixture.run(script) == 0, "\(fixture.error)")
    #expect(fixture.output == "\"1 of 3\"\n")
    #expect(fixture.error.contains("two: 'sh' exited with 64: told to fail"))
  }

  @Test(
    "refuses arguments, actions and stores that do not exist",
    arguments: [
      (["--arg", "x=1"], 2, "There is no argument 'x'"),
      (["--arg", "list-of=x"], 2, "--arg list-of: expected a value of type list"),
      (["--arg", "text=1", "--arg", "text=2"], 2, "given twice"),
      (["--action", "other"], 2, "there is no action 'local/other'"),
      (["--action", "a b"], 2, "The action name is invalid"),
      (["--store", "nowhere"], 2, "has no scheme"),
      (["--store", "tape:x"], 2, "not a supported scheme"),
      (["--store", "memory:☃"], 2, "printable ASCII"),
    ] as [([String], Int32, String)])
  func refusals(words: [String], status: Int32, sentence: String) async throws {
    let fixture = try PlanctlFixture()
    _ = try await fixture.run("exit 0")
    let text = PlanctlOutput()
    let path = "\(fixture.folder)/plan.json"
    #expect(
      await PlanctlCommand.run(
        ["run", path] + words, text.console, environment: fixture.environment) == status)
    #expect(text.all.contains(sentence), "\(text.all)")
  }

  @Test("stops where automation stops, and reports it")
  func approval() async throws {
    let fixture = try PlanctlFixture()
    let path = try fixture.file(
      "plan.json",
      """
      {"actions": [{"name": "a", "description": "d", "definitionOfDone": "x",
        "strategyActor": "p", "executionActor": "p", "automation": "manual"}],
       "programs": {"p": {"command": ["true"]}}}
      """)
    #expect(await fixture.planctl("run", path) == 6)
    #expect(fixture.error.contains("strategize/complete, where its automation stops"))
  }

  @Test("releases its leases on Ctrl-C, ends its programs and says how to go on")
  func interrupted() async throws {
    let fixture = try PlanctlFixture()
    let mark = "\(fixture.folder)/started"
    _ = try await fixture.run("exit 0", timeout: 3600)
    let slow = try String(contentsOfFile: "\(fixture.folder)/plan.json", encoding: .utf8)
      .replacing("exit 0", with: "echo $$ >'\(mark)'; exec sleep 86400")
    let path = try fixture.file("slow.json", slow)
    let binary = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appending(path: "planctl")
    for (signal, status) in [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)] {
      try? FileManager.default.removeItem(atPath: mark)
      let process = Process()
      let errors = Pipe()
      process.executableURL = binary
      process.arguments = ["run", path, "--store", "memory:"]
      process.standardError = errors
      let ending = try ProcessExit(of: process)
      try await waitUntil("the program to start") {
        !((try? String(contentsOfFile: mark, encoding: .utf8)) ?? "").isEmpty
      }
      kill(process.processIdentifier, signal)
      #expect(await ending.status == status)
      let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      #expect(said.contains("the leases were released") && said.contains("to start again"))
      #expect(said.contains("interrupted: waiting for the programs of 'local/test' to end"))
      let child = Int32(try String(contentsOfFile: mark, encoding: .utf8).dropLast()) ?? 0
      #expect(child > 0 && kill(child, 0) == -1)
    }
  }
}
