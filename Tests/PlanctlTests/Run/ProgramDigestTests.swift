import Foundation
import Planwright
import TestSupport
import Testing

@testable import planctl

@Suite("The programs of actors", .timeLimit(.minutes(30)))
struct ProgramDigestTests {
  /// The name in the store of the only actor of a file.
  private func actor(_ text: String, in folder: String) throws -> ActorName {
    let file = try PlanFile(Array(text.utf8), at: folder + "/plan.json", named: "plan.json")
    #expect(file.actions[0].actors.strategy == file.programs?.keys.first)
    return file.actions[0].actors.strategy
  }

  private func text(_ command: String, timeout: Int = 60, description: String = "d") -> String {
    """
    {"actions": [{"name": "a", "description": "\(description)", "definitionOfDone": "x",
      "strategyActor": "p", "executionActor": "p"}],
     "programs": {"p": {"command": \(command), "timeoutSeconds": \(timeout)}}}
    """
  }

  @Test("have other digests when command, timeout, folder or the contents of a named file differ")
  func digests() throws {
    let fixture = try PlanctlFixture()
    let (one, two) = (try fixture.makeFolder("one"), try fixture.makeFolder("two"))
    let script = try fixture.file("one/script", "echo 1")
    let usual = try actor(text(#"["sh", "script"]"#), in: one)
    #expect(usual.nameInFile == "p" && usual.hasDigest && usual.description.utf8.count == 18)
    // The same again, and with another text of the action.
    #expect(try actor(text(#"["sh", "script"]"#), in: one) == usual)
    #expect(try actor(text(#"["sh", "script"]"#, description: "e"), in: one) == usual)
    var all = [usual]
    all.append(try actor(text(#"["sh", "script", ""]"#), in: one))
    all.append(try actor(text(#"["sh", "script"]"#, timeout: 61), in: one))
    all.append(try actor(text(#"["sh", "script"]"#), in: two))
    all.append(try actor(text(#"["sh", "\#(script)"]"#), in: one))
    _ = try fixture.file("one/script", "echo 2")
    all.append(try actor(text(#"["sh", "script"]"#), in: one))
    all.append(try actor(text(#"["sh", "\#(script)"]"#), in: one))
    #expect(Set(all).count == all.count)
  }

  @Test("are told apart in a file without programs by nothing: its actors keep their names")
  func plain() async throws {
    let fixture = try PlanctlFixture()
    let path = try fixture.file(
      "actions.json",
      #"{"actions": [{"name": "a", "description": "d", "definitionOfDone": "x","#
        + #" "strategyActor": "p", "executionActor": "p"}]}"#)
    #expect(try PlanFile(path: path).actions[0].actors.strategy == "p")
    #expect(await fixture.planctl("action", "create", path) == 0)
    #expect(await fixture.planctl("run", path) == 2)
    #expect(fixture.error.contains("\(path): programs: this key is missing"))
  }

  @Test("need names that leave room for the digest and do not look like one")
  func names() throws {
    let longest = String(repeating: "x", count: 111)
    let one = text("[\"true\"]").replacing("\"p\"", with: "\"\(longest)\"")
    #expect(try actor(one, in: "/").description.utf8.count == 128)
    for name in [longest + "x", "p@0123456789abcdef"] {
      let text = text("[\"true\"]").replacing("\"p\"", with: "\"\(name)\"")
      let error = #expect(throws: FieldError.self) { try actor(text, in: "/") }
      #expect(error?.path == "programs.\(name)", "\(String(describing: error))")
    }
  }

  /// A file whose plan spawns the child `c`, which waits for the file `go`.
  private func file(_ fixture: PlanctlFixture, _ folder: String) throws -> String {
    _ = try fixture.makeFolder(folder)
    let script = """
      case $PLANWRIGHT_PHASE$PLANWRIGHT_ARG_KEY$PLANWRIGHT_CHILDREN_TOTAL in
        executeroot0) echo \(folder) root >>'\(fixture.folder)/log'
          echo '{"children": [{"key": "c", "action": "test", "arguments": {"key": "c"}}]}' ;;
        executec*) echo $$ >'\(fixture.folder)/\(folder)/pid'
          echo \(folder) child >>'\(fixture.folder)/log'
          until [ -e '\(fixture.folder)/go' ]; do sleep 0.05; done
          echo \(folder) end >>'\(fixture.folder)/log' ;;
      esac
      """
    return try fixture.plan(script, in: "\(folder)/plan.json", keys: #", "readOnly": true"#)
  }

  @Test("play the plans of their own file only, also where another has the same names")
  func apart() async throws {
    let fixture = try PlanctlFixture()
    let (one, two) = (try file(fixture, "one"), try file(fixture, "two"))
    let first = try fixture.start("run", one)
    try await fixture.wait(for: 2, in: "log")
    kill(first.process.processIdentifier, SIGKILL)
    let program = try #require(fixture.lines(of: "one/pid").first.flatMap { Int32($0) })
    try await waitUntil("the program to end") { kill(program, 0) != 0 }
    _ = try fixture.file("go", "")
    #expect(await fixture.planctl("run", two) == 0, "\(fixture.error)")
    #expect(
      fixture.lines(of: "log") == ["one root", "one child", "two root", "two child", "two end"])
    // Its action is that of the other file by now.
    #expect(await fixture.planctl("run", one) == 0, "\(fixture.error)")
    #expect(fixture.lines(of: "log").suffix(2) == ["one child", "one end"])
  }

  @Test("of children are those of the parent's file, though another file registered its own")
  func children() async throws {
    let fixture = try PlanctlFixture()
    let script = { (name: String, wait: String) in
      """
      case $PLANWRIGHT_PHASE$PLANWRIGHT_ARG_KEY$PLANWRIGHT_CHILDREN_TOTAL in
        executeroot0) echo \(name) >>'\(fixture.folder)/log'; \(wait)
          echo '{"children": [{"action": "test", "arguments": {"key": "c"}}]}' ;;
        executec*) echo \(name) child >>'\(fixture.folder)/log' ;;
      esac
      """
    }
    let wait = "until [ -e '\(fixture.folder)/go' ]; do sleep 0.05; done"
    let one = try fixture.plan(script("one", wait), in: "one.json", keys: #", "readOnly": true"#)
    let two = try fixture.plan(script("two", ""), in: "two.json", keys: #", "readOnly": true"#)
    let first = try fixture.start("run", one)
    try await fixture.wait(for: 1, in: "log")
    #expect(await fixture.planctl("run", two) == 0, "\(fixture.error)")
    _ = try fixture.file("go", "")
    #expect(await first.ending.status == 0)
    #expect(fixture.lines(of: "log") == ["one", "two", "two child", "one child"])
  }

  @Test("that have changed leave old children alone, which is said, and a worker may accept them")
  func changed() async throws {
    let fixture = try PlanctlFixture()
    let path = try fixture.file(
      "plan.json",
      """
      {"actions": [
        {"name": "top", "description": "d", "definitionOfDone": "x", "strategyActor": "top",
         "executionActor": "top", "readOnly": true},
        {"name": "child", "description": "d", "definitionOfDone": "x", "strategyActor": "child",
         "executionActor": "child", "readOnly": true}],
       "programs": {
         "top": {"command": ["sh", "-c",
           "test $PLANWRIGHT_PHASE$PLANWRIGHT_CHILDREN_TOTAL != execute0 || echo '{\\"children\\": [{\\"key\\": \\"c\\", \\"action\\": \\"child\\"}]}'"]},
         "child": {"command": ["sh", "child.sh"]}}}
      """)
    // The words of a command are the program's: this one is found from the current folder.
    let text = try String(contentsOfFile: path, encoding: .utf8).replacing(
      "\"child.sh\"", with: "\"\(fixture.folder)/child.sh\"")
    _ = try fixture.file("plan.json", text)
    _ = try fixture.file("child.sh", "echo old >>'\(fixture.folder)/log'; exec sleep 86400")
    let first = try fixture.start("run", path)
    try await fixture.wait(for: 1, in: "log")
    kill(first.process.processIdentifier, SIGKILL)
    _ = try fixture.file("child.sh", "echo new >>'\(fixture.folder)/log'")
    #expect(await fixture.planctl("run", path) == 4)
    let said = fixture.error
    #expect(said.contains("continued at execute/waiting"), "\(said)")
    #expect(said.contains("'c' wait for the actor 'child@"), "\(said)")
    #expect(fixture.lines(of: "log") == ["old"])
    let old = try #require(try await fixture.plans().last?.actor)
    #expect(said.contains("--accept \(old)=child"))
    let worked = await fixture.output("worker", "--actors", path, "--until-idle")
    #expect(worked.status == 0 && worked.text.contains("--accept \(old)=child"), "\(worked.text)")
    #expect(fixture.lines(of: "log") == ["old"])
    let accepted = await fixture.output(
      "worker", "--actors", path, "--until-idle", "--accept", "\(old)=child")
    #expect(accepted.status == 0, "\(accepted.text)")
    #expect(fixture.lines(of: "log").filter { $0 == "new" }.count == 2)
    #expect(await fixture.planctl("run", path) == 0, "\(fixture.error)")
  }
}
