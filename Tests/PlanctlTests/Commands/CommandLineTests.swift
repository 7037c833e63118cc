import Foundation
import Planwright
import Testing

@testable import planctl

@Suite("The command line of planctl")
struct CommandLineTests {
  @Test("has help with an example for every command and every topic")
  func help() async throws {
    for command in Commands.all.map({ $0.specification }) {
      for words in [["help"] + command.name.split(separator: " ").map(String.init)] {
        let text = PlanctlOutput()
        #expect(await PlanctlCommand.run(words, text.console) == 0)
        #expect(text.all.hasPrefix("Usage: planctl \(command.name)"))
        #expect(text.all.contains("Examples:") && text.all.contains(command.examples[0].line))
        for option in command.allOptions { #expect(text.all.contains(option.name)) }
        #expect(text.all.split(separator: "\n").allSatisfy { $0.count <= 100 }, "\(text.all)")
      }
    }
    for topic in HelpText.topics {
      #expect(try HelpText.text(for: [topic.name]).contains("planctl"))
      #expect(HelpText.overview.contains(topic.name))
    }
  }

  @Test("takes the value of an option as the next word and after an equals sign")
  func values() throws {
    let specification = ListCommand.specification
    for words in [["--limit", "3", "--json"], ["--limit=3", "--json"]] {
      let parsed = try CommandWords(words, specification)
      #expect(try parsed.number("--limit", in: 1...10) == 3)
      #expect(parsed.has("--json") && !parsed.has("--oldest"))
    }
    let empty = try CommandWords(["--action=", "--label", "a=b=c"], specification)
    #expect(empty.value(of: "--action") == "")
    #expect(try empty.pairs("--label").first?.text == "b=c")
  }

  @Test(
    "names the word that is wrong and the help that describes the command",
    arguments: [
      (["list", "x"], "unexpected word 'x'"), (["list", "--limit=0"], "from 1 to 1000"),
      (["list", "--limit", "1", "--limit", "2"], "given twice"),
      (["list", "--oldest=yes"], "has no value"), (["list", "--state", "odd"], "one of queued"),
      (["status"], "missing ID"), (["store"], "missing command"),
      (["store", "burn"], "unknown command 'burn'"), (["cancel", "7ZZZ"], "missing --reason TEXT"),
    ])
  func wrong(words: [String], sentence: String) async {
    let text = PlanctlOutput()
    #expect(await PlanctlCommand.run(words, text.console, environment: [:]) == 2)
    #expect(
      text.all.contains(sentence) && text.all.split(separator: "\n").count == 1, "\(text.all)")
  }

  @Test("uses the store of the option, of the environment or of the user, and creates none to look")
  func stores() async throws {
    let fixture = try PlanctlFixture()
    let missing = "sqlite:\(fixture.folder)/none.db"
    for (words, environment) in [
      (["list", "--store", missing], [:]), (["list"], ["PLANWRIGHT_STORE": missing]),
      (["list"], ["XDG_DATA_HOME": fixture.folder]),
    ] as [([String], [String: String])] {
      let text = PlanctlOutput()
      #expect(await PlanctlCommand.run(words, text.console, environment: environment) == 3)
      #expect(text.all.contains("there is no store at"), "\(text.all)")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.folder).isEmpty)
    let text = PlanctlOutput()
    #expect(await PlanctlCommand.run(["list", "--store", "memory:"], text.console) == 2)
    #expect(text.all.contains("ends with its process"))
  }

  @Test("fails when its result cannot be written")
  func closedOutput() async throws {
    struct Full: Error {}
    let text = PlanctlOutput()
    let console = Console(output: { _ in throw Full() }, error: text.console.error)
    #expect(await PlanctlCommand.run(["help"], console) == 1)
    #expect(text.all.contains("standard output failed"))
  }

  @Test("escapes control characters and characters that change the direction of text")
  func escapes() {
    #expect(
      "a\u{1B}[0m\nb\u{9B}\u{202E}\u{2066}\u{7F}é😀".escaped
        == "a\\u{1B}[0m\\nb\\u{9B}\\u{202E}\\u{2066}\\u{7F}é😀")
    #expect("漢字ab".cut(toColumns: 5) == "漢字…")
    #expect("abc".cut(toColumns: 3) == "abc" && "abcd".cut(toColumns: 3) == "ab…")
  }
}

@Suite("What planctl prints for shells and for man")
struct GeneratedTextTests {
  // bash completes in the test; where it is missing, the script is not checked.
  @Test(
    "completes commands, their options and the topics of the help",
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/bin/bash")),
    arguments: [
      ("planctl st", "status store"), ("planctl store ver", "verify"),
      ("planctl list --nam", "--namespace"), ("planctl help exit", "exit-codes"),
    ])
  func completions(line: String, expected: String) async throws {
    let output = PlanctlOutput()
    #expect(await PlanctlCommand.run(["completions", "bash"], output.console) == 0)
    let words = line.split(separator: " ").map { "'\($0)'" }.joined(separator: " ")
    let script = """
      \(output.all)
      COMP_WORDS=(\(words)); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _planctl; echo "${COMPREPLY[@]}"
      """
    let ending = await ProgramInvocation.sample("/bin/bash", "-c", script).run()
    #expect(ending.text == expected + "\n", "\(ending.errorText)")
    #expect(await PlanctlCommand.run(["completions", "fish"], output.console) == 2)
  }

  @Test("describe every command and topic in the manual page")
  func manual() async {
    let output = PlanctlOutput()
    #expect(await PlanctlCommand.run(["manual"], output.console) == 0)
    for command in Commands.all.map({ $0.specification }) {
      #expect(output.all.contains(".SS \(command.name)\n"))
    }
    let lines = output.all.split(separator: "\n")
    #expect(lines.allSatisfy { !$0.hasPrefix("'") })
  }

  @Test("prints JSON in which no character can control a terminal")
  func escapedJSON() throws {
    let value: JSONValue = ["a\u{9B}2J": "\u{202E}x\u{7F}\u{2028}\n\u{1B}é"]
    let text = value.printed
    #expect(text == #"{"a\u009b2J":"\u202ex\u007f\u2028\n\u001bé"}"#)
    #expect(try JSONValue(parsing: text) == value)
    #expect(try JSONValue(parsing: value.pretty().escapedJSON) == value)
    #expect(value.pretty().escapedJSON.contains("\n  "))
  }
}
