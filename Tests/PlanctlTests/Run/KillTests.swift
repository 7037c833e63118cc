import Foundation
import Planwright
import TestSupport
import TestTraits
import Testing

@testable import planctl

@Suite("planctl that is killed at random moments", .timeLimit(.minutes(60)))
struct KillTests {
  /// How many kills there are; PLANWRIGHT_KILLS asks for more.
  private let kills =
    ProcessInfo.processInfo.environment["PLANWRIGHT_KILLS"].flatMap { Int($0) }
    ?? Rounds.scaled(12, long: 300)

  private static let children = 20

  /// A plan with twenty children, each of which notes its start, its process and its end.
  private func plan(_ fixture: PlanctlFixture) throws -> String {
    let list = (1...Self.children).map {
      #"{"key": "\#($0)", "action": "test", "arguments": {"key": "\#($0)"}}"#
    }.joined(separator: ",")
    let script = """
      case $PLANWRIGHT_PHASE$PLANWRIGHT_ARG_KEY$PLANWRIGHT_CHILDREN_TOTAL in
        executeroot0) echo '{"children": [\(list)],
          "schedule": {"mode": "parallel", "maxParallel": 5}}' ;;
        executeroot*) echo '{"result": "'$PLANWRIGHT_CHILDREN_SUCCEEDED'"}' ;;
        execute*) echo $$ >>'\(fixture.folder)/pids'
          sleep 0.05
          # What was reported is in the store; the same child must not get here again.
          echo "{\\"result\\": \\"$PLANWRIGHT_ARG_KEY\\"}"; echo $PLANWRIGHT_ARG_KEY >&2 ;;
      esac
      """
    return try fixture.plan(
      script,
      keys: #", "readOnly": true, "retry": {"attempts": 3, "baseSeconds": 0, "capSeconds": 0}"#)
  }

  /// The children that have ended, each with the number of its claims.
  private func claims(_ fixture: PlanctlFixture) async throws -> [Plan.ID: Int] {
    guard FileManager.default.fileExists(atPath: fixture.dataDirectory + "/plans.db") else {
      return [:]
    }
    return try await fixture.read { snapshot in
      let filter = PlanFilter(state: .complete)
      let ended = try snapshot.plans(matching: PlanQuery(filter, limit: .largest)).rows
      return try Dictionary(
        uniqueKeysWithValues: ended.filter { $0.definition.position != nil }.map { plan in
          (plan.id, try snapshot.events(of: plan.id).count { $0.command == .claim })
        })
    }
  }

  @Test("leaves no program behind, runs no finished child again, and has the right result")
  func random() async throws {
    var random = SeededGenerator.announced()
    var left = kills
    while left > 0 {
      let fixture = try PlanctlFixture()
      let path = try plan(fixture)
      var finished: [Plan.ID: Int] = [:]
      var (seen, isDone) = (0, false)
      while !isDone {
        let process = try fixture.start("run", path)
        // The random moment of the kill, not a wait for something.
        let moment = Duration.milliseconds(Int.random(in: 0...900, using: &random))
        if left > 0 { try await Task.sleep(for: moment) }
        if left > 0, process.process.isRunning {
          kill(process.process.processIdentifier, SIGKILL)
          left -= 1
          // The reaper ends them; those of earlier rounds may be other processes by now.
          let pids = fixture.lines(of: "pids").compactMap { Int32($0) }
          try await waitUntil("the programs to end") {
            !pids.dropFirst(seen).contains(where: isRunning)
          }
          seen = pids.count
        } else {
          #expect(await process.ending.status == 0)
          isDone = true
        }
        // A child that had ended was not claimed again.
        let now = try await claims(fixture)
        for (id, count) in finished { #expect(now[id] == count, "\(id)") }
        finished = now
      }
      try await check(fixture)
    }
  }

  private func check(_ fixture: PlanctlFixture) async throws {
    let plans = try await fixture.plans()
    // One run at most began anew, after it was killed between its result and the end.
    for root in plans.filter({ $0.definition.position == nil }) {
      #expect(root.hasSucceeded && root.progress.result(of: .execute) == "20")
      let children = plans.filter { $0.definition.position?.parent == root.id }
      #expect(children.count == Self.children && children.allSatisfy(\.hasSucceeded))
      for child in children {
        #expect(
          child.progress.result(of: .execute)?.stringValue
            == child.definition.position?.key.description)
      }
    }
    // Kept is the standard error of the children, and nothing else.
    for root in try fixture.workFolders {
      let folder = fixture.dataDirectory + "/plans.db-work/" + root
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["errors"])
    }
  }
}
