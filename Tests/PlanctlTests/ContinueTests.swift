import Foundation
import Planwright
import Testing

@testable import planctl

// Protection 5, from the outside: what a killed run had done is there and is not done again.
@Suite("A run of planctl that was interrupted", .timeLimit(.minutes(30)))
struct ContinueTests {
  /// A plan whose children write their keys into a file and wait, all but the first two, for
  /// another one.
  static func plan(_ fixture: PlanctlFixture) throws -> String {
    let script = #"""
      test "$PLANWRIGHT_PHASE" = execute || exit 0
      if [ "$PLANWRIGHT_ARG_KEY" = root ]; then
        echo root >>"$FOLDER/log"
        if [ "$PLANWRIGHT_CHILDREN_TOTAL" = 0 ]; then
          echo '{"children": [
            {"action": "test", "arguments": {"key": "a"}}, {"action": "test", "arguments": {"key": "b"}},
            {"action": "test", "arguments": {"key": "c"}}, {"action": "test", "arguments": {"key": "d"}}],
            "schedule": {"mode": "sequential"}}'
        else
          echo "{\"result\": \"$PLANWRIGHT_CHILDREN_SUCCEEDED of $PLANWRIGHT_CHILDREN_TOTAL\"}"
        fi
        exit 0
      fi
      echo "$PLANWRIGHT_ARG_KEY" >>"$FOLDER/log"
      echo "$PLANWRIGHT_ARG_KEY" >>"$PLANWRIGHT_WORKDIR/scratch"
      case $PLANWRIGHT_ARG_KEY in c) tries=0; until [ -e "$FOLDER/go" ] || [ $tries -eq 12000 ]; do
        sleep 0.05; tries=$((tries + 1)); done ;; esac
      """#
    let quoted = String(
      decoding: try JSONEncoder().encode(["sh", "-c", "FOLDER='\(fixture.folder)'; \(script)"]),
      as: UTF8.self)
    return try fixture.file(
      "plan.json",
      """
      {"actions": [{"name": "test", "description": "test", "definitionOfDone": "done",
        "strategyActor": "a", "executionActor": "a", "readOnly": true, "automation": "auto",
        "arguments": [{"name": "key", "type": "string", "default": "root"}]}],
       "programs": {"a": {"command": \(quoted)}}}
      """)
  }

  @Test("is continued by the same command after a kill: finished children are not run again")
  func killed() async throws {
    let fixture = try PlanctlFixture()
    let path = try Self.plan(fixture)
    let first = try fixture.start("run", path)
    try await fixture.wait(for: 4, in: "log")
    #expect(fixture.lines(of: "log") == ["root", "a", "b", "c"])
    // Foundation waits for every process that inherited its socket, also for the program that outlives
    // planctl, so the test does not wait for the process here. Its locks end with it.
    kill(first.process.processIdentifier, SIGKILL)
    // The run is kept for its user's eyes only.
    #expect(fixture.stores.count == 1)
    let files = FileManager.default
    let modes = try [fixture.dataDirectory, fixture.dataDirectory + "/" + fixture.stores[0]].map {
      try files.attributesOfItem(atPath: $0)[.posixPermissions] as? Int
    }
    #expect(modes == [0o700, 0o600])
    _ = try fixture.file("go", "")
    #expect(await fixture.planctl("run", path) == 0, "\(fixture.error)")
    #expect(fixture.error.contains("continued at execute/waiting"))
    // What was running is repeated, what was done is not; the parent continued its children.
    #expect(fixture.lines(of: "log") == ["root", "a", "b", "c", "c", "d", "root"])
    #expect(fixture.output == "\"4 of 4\"\n")
    // The plan stays in the store, and nothing is left in its work folder.
    #expect(fixture.stores == ["plans.db"])
    #expect(try fixture.workFolders.isEmpty)
  }

  @Test("is continued after Ctrl-C, whose message names the command")
  func interrupted() async throws {
    let fixture = try PlanctlFixture()
    let path = try Self.plan(fixture)
    let first = try fixture.start("run", path)
    try await fixture.wait(for: 4, in: "log")
    kill(first.process.processIdentifier, SIGINT)
    #expect(await first.ending.status == 130)
    let said = String(
      decoding: first.errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    #expect(said.contains("Run the same command to continue it"), "\(said)")
    _ = try fixture.file("go", "")
    #expect(await fixture.planctl("run", path) == 0, "\(fixture.error)")
    #expect(fixture.lines(of: "log") == ["root", "a", "b", "c", "c", "d", "root"])
  }

  @Test("is continued by one process at a time, and other runs do not touch it")
  func oneAtATime() async throws {
    let fixture = try PlanctlFixture()
    let path = try Self.plan(fixture)
    let first = try fixture.start("run", path)
    try await fixture.wait(for: 4, in: "log")
    #expect(await fixture.planctl("run", path) == 4)
    #expect(fixture.error.contains("another planctl is working on plan"))
    // Another argument is another plan of the same actors: its run leaves the first one alone.
    #expect(await fixture.planctl("run", path, "--arg", "key=x") == 0, "\(fixture.error)")
    #expect(fixture.lines(of: "log").suffix(1) == ["x"])
    _ = try fixture.file("go", "")
    #expect(await first.ending.status == 0)
    #expect(fixture.lines(of: "log") == ["root", "a", "b", "c", "x", "d", "root"])
  }

  @Test("is begun anew when its action was changed meanwhile, and the old one is named")
  func changed() async throws {
    let fixture = try PlanctlFixture()
    let path = try Self.plan(fixture)
    let first = try fixture.start("run", path)
    try await fixture.wait(for: 4, in: "log")
    kill(first.process.processIdentifier, SIGKILL)
    let text = try String(contentsOfFile: path, encoding: .utf8)
    _ = try fixture.file(
      "plan.json", text.replacing("definitionOfDone\": \"done", with: "definitionOfDone\": \"new"))
    _ = try fixture.file("go", "")
    #expect(await fixture.planctl("run", path) == 0, "\(fixture.error)")
    #expect(!fixture.error.contains("continued at"))
    #expect(fixture.error.contains("has not ended and is not continued; 'planctl cancel "))
    #expect(
      fixture.lines(of: "log") == ["root", "a", "b", "c", "root", "a", "b", "c", "d", "root"])
  }

  @Test("is kept where the user says, and continued from there")
  func namedStore() async throws {
    let fixture = try PlanctlFixture()
    let path = try Self.plan(fixture)
    let location = "sqlite:\(fixture.folder)/kept.db"
    let first = try fixture.start("run", path, "--store", location)
    try await fixture.wait(for: 4, in: "log")
    kill(first.process.processIdentifier, SIGTERM)
    #expect(await first.ending.status == 143)
    _ = try fixture.file("go", "")
    #expect(await fixture.planctl("run", path, "--store", location) == 0, "\(fixture.error)")
    #expect(fixture.lines(of: "log") == ["root", "a", "b", "c", "c", "d", "root"])
    // A store that the user named is the user's: the plan and its history stay there.
    let system = try PlanSystem.open(try StorageBackend(location: location))
    let counts = try await system.plans.read { try $0.counts(in: .all) }
    #expect(counts[.executeComplete] == 5)
    try system.close()
    #expect(fixture.stores.isEmpty)
  }

  @Test("says why the data directory cannot be used")
  func noDataDirectory() async throws {
    let fixture = try PlanctlFixture()
    let path = try Self.plan(fixture)
    try Data().write(to: URL(fileURLWithPath: "\(fixture.folder)-data"))
    #expect(await fixture.planctl("run", path) == 1)
    #expect(fixture.error.contains("creating the folder"), "\(fixture.error)")
  }
}
