import Foundation
import Planwright
import TestSupport
import Testing

@testable import planctl

/// Runs the tool as users without names, which only root on Linux can do.
private enum OtherUser {
  /// Members of one group, and somebody of another.
  static let (first, second, stranger) = (
    ["48101", "48100"], ["48102", "48100"], ["48103", "48103"]
  )
  static let group = "48100"

  /// The words of a command line that runs the tool as a user.
  static func words(_ user: [String], _ words: [String]) throws -> [String] {
    ["--reuid", user[0], "--regid", user[1], "--clear-groups", try ToolProcess.path] + words
  }

  /// Whether the tool can be run as another user here.
  static func isPossible() async -> Bool {
    let setpriv = "/usr/bin/setpriv"
    guard geteuid() == 0, FileManager.default.isExecutableFile(atPath: setpriv),
      let words = try? words(first, ["--version"])
    else { return false }
    return (try? await ToolProcess.run(setpriv, words, [:]).status) == 0
  }
}

@Suite("Several users of one store", .timeLimit(.minutes(30)))
struct OtherUsersTests {
  private let fixture: PlanctlFixture
  private let location: String
  private var store: String { "\(fixture.folder)/plans.db" }

  init() throws {
    fixture = try PlanctlFixture()
    location = "sqlite:\(fixture.folder)/plans.db"
    chmod(fixture.folder, 0o2775)
    chown(fixture.folder, 0, 48_100)
  }

  private func run(_ user: [String], _ words: String...) async throws -> ToolProcess.Ending {
    try await ToolProcess.run(
      program: "/usr/bin/setpriv", OtherUser.words(user, words + ["--store", location]),
      ["PATH": "/usr/bin:/bin", "HOME": "/nonexistent"])
  }

  /// A plan file whose program prints its user and its work folder.
  private func plan() throws -> String {
    let path = try fixture.plan(
      #"printf '{"result": "%s %s"}' "$(id -u)" "$PLANWRIGHT_WORKDIR""#,
      keys: #", "automation": "auto""#)
    chmod(path, 0o644)
    return path
  }

  @Test(
    "of a group have one work folder beside it; others are refused in words",
    .enabled("only root on Linux, with setpriv, can be other users") {
      await OtherUser.isPossible()
    })
  func group() async throws {
    let path = try plan()
    #expect(try await run(OtherUser.first, "action", "create", path).status == 0)
    // The store is its owner's until the owner shares it.
    let early = try await run(OtherUser.second, "list")
    #expect(early.status == 5 && early.errors.contains("\(store) failed: "), "\(early)")
    #expect(early.errors.contains("Permission denied"), "\(early)")
    chmod(store, 0o660)
    for (user, key) in [(OtherUser.first, "x"), (OtherUser.second, "y")] {
      let ending = try await run(user, "run", path, "--arg", "key=\(key)")
      #expect(ending.status == 0, "\(ending)")
      #expect(ending.output.hasPrefix("\"\(user[0]) \(store)-work/"), "\(ending)")
    }
    let stranger = try await run(OtherUser.stranger, "run", path, "--arg", "key=z")
    #expect(stranger.status == 5 && stranger.errors.contains("\(store) failed: "), "\(stranger)")
    #expect(stranger.errors.contains("check that the file and its folder exist"), "\(stranger)")
    let left = try FileManager.default.contentsOfDirectory(atPath: store + "-work")
    #expect(left.isEmpty)
  }

  @Test(
    "that was shared after its work folder was created: the others are told who must share that",
    .enabled("only root on Linux, with setpriv, can be other users") {
      await OtherUser.isPossible()
    })
  func late() async throws {
    let path = try plan()
    #expect(try await run(OtherUser.first, "run", path).status == 0)
    chmod(store, 0o660)
    let ending = try await run(OtherUser.second, "run", path, "--arg", "key=y")
    #expect(ending.status == 1 && ending.output.isEmpty, "\(ending)")
    #expect(ending.errors.contains("creating the folder '\(store)-work/"), "\(ending)")
    #expect(ending.errors.contains("the user that the store belongs to must let you"), "\(ending)")
    // A worker does not use up the attempts of plans whose programs it cannot start.
    let worker = try await run(OtherUser.second, "worker", "--actors", path, "--until-idle")
    #expect(worker.status == 1 && worker.output.isEmpty, "\(worker)")
    #expect(worker.errors.contains("using the folder '\(store)-work'"), "\(worker)")
    // A purge says what it leaves behind.
    let purge = try await run(OtherUser.second, "store", "purge", "--before", "0s")
    #expect(purge.status == 0 && purge.errors.contains("what was kept"), "\(purge)")
    chmod(store + "-work", 0o770)
    let again = try await run(OtherUser.second, "run", path, "--arg", "key=y")
    #expect(again.status == 0 && again.output.hasPrefix("\"48102 "), "\(again)")
  }
}

@Suite("Environment variables of planctl that are not UTF-8", .timeLimit(.minutes(30)))
struct OddEnvironmentTests {
  @Test("are refused as the location of the store, which would be another file")
  func location() async throws {
    let fixture = try PlanctlFixture()
    for variable in ["PLANWRIGHT_STORE=sqlite:", "XDG_DATA_HOME="] {
      let script = #"exec env "$(printf '%s\377' "$1")" "$0" list"#
      let ending = try await ToolProcess.run(
        "/bin/sh", ["-c", script, try ToolProcess.path, "\(variable)\(fixture.folder)/x"],
        fixture.environment)
      #expect(ending.status == 2 && ending.output.contains("is not UTF-8"), "\(ending)")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.folder).isEmpty)
  }

  @Test("reach programs with the bytes that they have")
  func values() async throws {
    let fixture = try PlanctlFixture()
    let path = try fixture.plan(
      #"printf '{"result": "%s"}' "$(printf %s "$ODD" | od -An -tx1)""#,
      keys: #", "automation": "auto""#)
    let tool = try ToolProcess.path
    for (bytes, digits) in [("a\\377\\303b", " 61 ff c3 62"), ("\\303\\251", " c3 a9")] {
      let script = """
        ODD="$(printf '\(bytes)')"; export ODD
        exec '\(tool)' run '\(path)' --new --store memory: 2>/dev/null
        """
      let ending = try await ToolProcess.run("/bin/sh", ["-c", script], fixture.environment)
      #expect(ending.status == 0 && ending.output == "\"\(digits)\"\n", "\(ending)")
    }
    let script = """
      exec env "$(printf 'B\\377D=x')" '\(tool)' schema
      """
    let named = try await ToolProcess.run("/bin/sh", ["-c", script], fixture.environment)
    #expect(named.status == 0, "\(named)")
  }
}
