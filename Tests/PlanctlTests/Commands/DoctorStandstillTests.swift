import Planwright
import PlanwrightTesting
import TestSupport
import Testing

@testable import planctl

/// Standstills that take several plans, workers or the store.
@Suite("planctl doctor, of workers and stores")
struct DoctorStandstillTests {
  /// A store with actions whose actors carry the digests of programs.
  private struct Fixture {
    let test: TestSystem
    static let (old, new) = ("copy@0123456789abcdef", "copy@fedcba9876543210")

    init() throws {
      test = try TestSystem()
      for (name, actor) in [("local/old", Self.old), ("local/new", Self.new)] {
        let definition = try ActionDefinition(
          name: try ActionName(name), description: "test", definitionOfDone: "done",
          actors: Actors(strategy: try ActorName(actor), execution: try ActorName(actor)),
          automation: .auto, attemptTimeout: .seconds(20))
        try test.plans.writeBlocking { try $0.createAction(definition) }
      }
    }

    func use(_ action: ActionName) throws -> Plan.ID {
      try test.plans.writeBlocking { try $0.use(PlanUse(action: action)).id }
    }

    func claim(_ id: Plan.ID, for time: Duration = .seconds(600)) throws -> LeaseToken {
      try test.plans.writeBlocking {
        try #require(try $0.claim(id, owner: "worker", leaseFor: time).leaseToken)
      }
    }

    func diagnose(after delay: Duration = .seconds(10)) throws -> [Standstill] {
      let now = test.time.now().adding(delay)
      return try test.plans.readBlocking { snapshot in
        var diagnosis = Diagnosis(at: now)
        try diagnosis.examine(snapshot)
        return diagnosis.standstills
      }
    }
  }

  @Test("names the worker for a plan that nobody takes while its program is as it was")
  func programUnchanged() throws {
    let fixture = try Fixture()
    let id = try fixture.use("local/old")
    let found = try #require(try fixture.diagnose().first)
    #expect(found.kind == .notClaimed && found.plan == id && found.needsAction)
    #expect(found.reason.contains("no worker for the actor 'copy' has taken it"))
    #expect(found.command == "planctl worker --actors FILE")
  }

  @Test("names the program that the action has today, and the command that lets it play the plan")
  func programReplaced() throws {
    let fixture = try Fixture()
    let (waiting, lost) = (try fixture.use("local/old"), try fixture.use("local/old"))
    _ = try fixture.claim(lost, for: .seconds(1))
    try fixture.test.plans.writeBlocking { transaction in
      let name: ActionName = "local/old"
      let actors = Actors(
        strategy: try ActorName(Fixture.new), execution: try ActorName(Fixture.new))
      try transaction.updateAction(
        try ActionDefinition(
          name: name, description: "test", definitionOfDone: "done", actors: actors),
        ifVersion: try transaction.snapshot.action(name).version)
    }
    let found = try fixture.diagnose()
    let missing = try #require(found.first { $0.plan == waiting })
    #expect(missing.kind == .programMissing && missing.needsAction)
    #expect(
      missing.reason.contains("has changed since it was created: workers play \(Fixture.new)"))
    let expired = try #require(found.first { $0.plan == lost })
    #expect(expired.kind == .leaseExpired)
    for each in [missing, expired] {
      #expect(each.command == "planctl worker --actors FILE --accept \(Fixture.old)=copy")
    }
  }

  @Test("tells that the program has changed when a worker plays its successor")
  func programChanged() throws {
    let fixture = try Fixture()
    let id = try fixture.use("local/old")
    _ = try fixture.claim(try fixture.use("local/new"))
    let found = try #require(try fixture.diagnose().first { $0.plan == id })
    #expect(found.kind == .programMissing)
    #expect(
      found.reason.contains("has changed since it was created: workers play \(Fixture.new)"))
    #expect(found.command == "planctl worker --actors FILE --accept \(Fixture.old)=copy")
  }

  @Test("has nothing to be done for a plan whose workers are busy")
  func busy() throws {
    let fixture = try Fixture()
    let id = try fixture.use("local/old")
    _ = try fixture.claim(try fixture.use("local/old"))
    let found = try fixture.diagnose().filter { $0.plan == id }
    #expect(found.map(\.kind) == [.waitsForWorker] && found[0].command == nil)
    #expect(found[0].reason.contains("'copy' are busy with 1 others"))
    // Its lease has expired: that worker is none.
    let late = try fixture.diagnose(after: .seconds(700)).first { $0.plan == id }
    #expect(late?.kind == .notClaimed)
  }

  @Test("tells a time-out of an attempt from a worker that has not come back")
  func timeout() throws {
    let fixture = try Fixture()
    let id = try fixture.use("local/old")
    _ = try fixture.claim(id)
    let found = try #require(try fixture.diagnose(after: .seconds(21)).first)
    #expect(found.kind == .leaseExpired && found.command == "planctl worker --actors FILE")
    #expect(found.reason.contains("attempt of worker reached its time-out"))
  }

  @Test("names the child that needs approval, and the parent that waits for it")
  func childApproval() throws {
    let fixture = try Fixture()
    let id = try fixture.use("local/old")
    let token = try fixture.claim(id)
    try fixture.test.plans.writeBlocking { try $0.complete(token) }
    let execution = try fixture.claim(id)
    let child = try fixture.test.plans.writeBlocking { transaction in
      try transaction.spawn(
        execution,
        Spawn([ChildSpec(key: "ask", action: "local/new", automation: .manual)]))
      return try #require(try transaction.snapshot.children(of: id).first).id
    }
    let childToken = try fixture.claim(child)
    try fixture.test.plans.writeBlocking { try $0.complete(childToken) }
    let found = try fixture.diagnose()
    let approval = try #require(found.first { $0.kind == .waitsForApproval })
    #expect(approval.plan == child && approval.command == "planctl advance \(child)")
    #expect(approval.reason.contains("its parent 'local/old' (\(id)) waits for it"))
    let parent = try #require(found.first { $0.kind == .waitsForChildren })
    #expect(parent.plan == id && parent.reason.contains("'ask' (strategize/complete)"))
  }

  @Test("needs nobody for a retry or a start that is to come")
  func later() async throws {
    let store = try await StoreOfPlans()
    let id = try await store.use("--not-before", "2999-01-31T08:00:00Z")
    let (status, document) = try await store.json("doctor")
    let found = document["data"]?["standstills"]?.arrayValue?.first
    #expect(status == 0 && found?["kind"] == "startsLater" && found?["needsAction"] == false)
    #expect(found?["command"] == .string("planctl expedite \(id)"))
  }

  private let info = StoreInfo(
    path: "/data/it's/plans.db", library: "SQLite", libraryVersion: "3", databaseBytes: 1)

  @Test("names a disk that is full or cannot be written, and what shows it")
  func disks() throws {
    let good = StoreDisk(freeBytes: 1 << 40, isReadOnly: false, canWrite: true)
    #expect(StoreProblems.find(info, good).isEmpty && StoreProblems.find(info, nil).isEmpty)
    let full = StoreProblems.find(
      info, StoreDisk(freeBytes: 5 << 20, isReadOnly: false, canWrite: true))
    #expect(full.map(\.kind) == [.store] && full[0].reason.contains("5 MiB are left"))
    #expect(full[0].command == "df -h '/data/it'\\''s/plans.db'")
    let readOnly = StoreProblems.find(
      info, StoreDisk(freeBytes: 0, isReadOnly: true, canWrite: false))
    #expect(readOnly.count == 1 && readOnly[0].reason.contains("read-only file system"))
    let foreign = StoreProblems.find(
      info, StoreDisk(freeBytes: 1 << 40, isReadOnly: false, canWrite: false))
    #expect(foreign.count == 1 && foreign[0].command?.contains("'/data/it'\\''s'") == true)
    let here = try #require(StoreDisk(ofFileAt: CommandLine.arguments[0]))
    #expect(here.freeBytes > 0 && StoreDisk(ofFileAt: "/nonexistent/file") == nil)
  }

  @Test("names a log that cannot be copied or has grown, and a store that is damaged")
  func stores() {
    let failing = StoreInfo(
      path: "/plans.db", library: "SQLite", libraryVersion: "3", databaseBytes: 1,
      checkpointFailures: CheckpointFailures(count: 2, sinceLastSuccess: 2, latest: "no space"))
    let grown = StoreInfo(
      path: "/plans.db", library: "SQLite", libraryVersion: "3", databaseBytes: 1,
      logBytes: 2 << 30)
    for (info, reason) in [(failing, "no space"), (grown, "2048 MiB")] {
      let found = StoreProblems.find(info, nil)
      #expect(found.map(\.command) == ["planctl store checkpoint"])
      #expect(found.first?.reason.contains(reason) == true)
    }
    let damaged = StorageError(.corrupt, operation: "reading", subject: "plan 1")
    #expect(StoreProblems.find(damaged)?.command == "planctl store verify")
    #expect(StoreProblems.find(StorageError(.busy, operation: "x", subject: "y")) == nil)
  }
}
