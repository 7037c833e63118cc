import Foundation
import PlanDomain
import PlanStorage
import SQLiteStorage
import TestSupport
import TestTraits
import Testing

@testable import PlanLifecycle

@Suite("An archive of plans", .dedicatedThread)
struct ArchiveTests {
  @Test("brings everything from memory to SQLite and back, equal in every field but leases")
  func everything() throws {
    for _ in 0..<Rounds.scaled(3, long: 60) {
      let random = SeededGenerator.announced()
      let source = try ArchiveFixture(.memory)
      var generator = try StoreGenerator(random, source.lifecycle)
      try generator.run(300)
      let (middle, end) = (try ArchiveFixture(.sqlite), try ArchiveFixture(.memory))
      middle.lifecycle.time.advance(to: source.lifecycle.time.now())
      let exported = try source.exported()
      let written = try middle.imported(exported)
      let leases = try source.engine.read { session in
        try session.counts(in: .all).filter { $0.status.state == .processing }.map(\.count)
      }.reduce(0, +)
      #expect(written.evictedLeases <= leases && (leases == 0) == (written.evictedLeases == 0))
      try source.evictAll()
      #expect(try middle.contents() == source.contents())
      #expect(try middle.problems() == [])
      let read = try end.imported(try middle.exported())
      #expect(try end.contents() == source.contents())
      #expect(read.plans == written.plans && read.evictedLeases == 0)
    }
  }

  @Test("lets no token of the other store into this one", arguments: TestStore.allCases)
  func tokens(store: TestStore) throws {
    let (source, target) = (try ArchiveFixture(), try ArchiveFixture(store))
    let plan = try source.lifecycle.use()
    let token = try source.lifecycle.claimOne(plan.id)
    #expect(try target.imported(try source.exported()).evictedLeases == 1)
    let arrived = try target.lifecycle.plan(plan.id)
    #expect(arrived.status == .strategizeQueued && arrived.leaseToken == nil)
    #expect(
      arrived.progress.epoch > token.epoch && arrived.progress.failure?.code == "leaseEvicted")
    let code = errorCode {
      try target.lifecycle.plans.writeBlocking { _ = try $0.complete(token) }
    }
    #expect(code == "leaseLost")
    // The other store is not changed.
    try source.lifecycle.plans.writeBlocking { _ = try $0.complete(token) }
  }

  @Test("has more children than a page, and their parents before them")
  func manyChildren() throws {
    let (source, target) = (try ArchiveFixture(), try ArchiveFixture(.sqlite))
    let parent = try source.useParent(of: 450)
    let summary = try target.imported(try source.exported())
    #expect(summary.plans == 451)
    #expect(try target.contents() == source.contents())
    #expect(try target.lifecycle.plan(parent).progress.round?.total == 450)
    #expect(try target.problems() == [])
  }

  @Test("contains the trees that were asked for, as a whole, and their actions only")
  func selections() throws {
    let source = try ArchiveFixture()
    let parent = try source.useParent(of: 3)
    try source.lifecycle.plans.writeBlocking { transaction in
      try transaction.createAction(try Fixture.action("local/other"))
      for team in ["blue", "red"] {
        _ = try transaction.use(
          PlanUse(
            action: ActionName("local/other"),
            labels: ["team": try Plan.Label.Value(team)]))
      }
    }
    let child = try source.lifecycle.plans.readBlocking { try $0.children(of: parent)[1].id }
    for id in [parent, child] {
      let target = try ArchiveFixture()
      let summary = try target.imported(try source.exported(.tree(id)))
      #expect(summary.plans == 4 && summary.actions == 1)
      #expect(try target.problems() == [])
    }
    let target = try ArchiveFixture()
    let label = Plan.Label("team", Plan.Label.Value("blue"))
    #expect(try target.imported(try source.exported(.label(label))).plans == 1)
    // What was left out can follow.
    #expect(try target.imported(try source.exported(.tree(parent))).plans == 4)
    let unknown = Plan.ID(ULID(high: 1, low: 1))
    #expect(errorCode { try source.exported(.tree(unknown)) } == "planNotFound")
  }

  @Test("shows one moment, whatever is committed meanwhile")
  func moment() throws {
    // In a file: a private database has one connection, for reads too.
    let directory = try ScratchDirectory()
    let source = try ArchiveFixture(.sqlite(at: directory.path("plans.db")))
    for _ in 0..<70 { _ = try source.lifecycle.use() }
    let before = try source.contents()
    let lines = Locked<[UInt8]>([])
    let lifecycle = source.lifecycle
    try source.maintenance.exportArchiveBlocking(
      progress: { _, _ in
        #expect(errorCode { try lifecycle.use() } == "nestedUnitOfWork")
        let isStored = Latch<Void>()
        let isStarted = DetachedThread.start {
          #expect(throws: Never.self) { try lifecycle.use() }
          isStored.open(with: ())
        }
        #expect(isStarted)
        isStored.wait()
      },
      writingTo: { bytes in lines.withLock { $0 += bytes } })
    let target = try ArchiveFixture()
    try target.imported(bytes: lines.withLock { $0 })
    #expect(try target.contents() == before)
    #expect(try source.contents().count > before.count)
    try source.engine.close()
  }

  @Test("is written to a new file as a whole or not at all")
  func file() throws {
    let source = try ArchiveFixture()
    for _ in 0..<70 { _ = try source.lifecycle.use() }
    let directory = try ScratchDirectory()
    let path = directory.path("plans.jsonl")
    #expect(throws: TestError.self) {
      try source.maintenance.exportArchiveBlocking(to: path) { _, _ in throw TestError() }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.url.path) == [])
    let summary = try source.maintenance.exportArchiveBlocking(to: path)
    #expect(summary.plans == 70 && summary.actions == 1 && summary.events == 70)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: directory.url.path) == ["plans.jsonl"])
    #expect(
      errorCode { try source.maintenance.exportArchiveBlocking(to: path) } == "invalidLocation")
  }
}
