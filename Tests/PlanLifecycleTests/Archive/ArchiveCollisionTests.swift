import Foundation
import PlanDomain
import PlanStorage
import TestSupport
import TestTraits
import Testing

@testable import PlanLifecycle

@Suite("An archive that a store has something of", .dedicatedThread)
struct ArchiveCollisionTests {
  /// The import is refused, names this, and changes nothing.
  private static func expectCollision(
    _ names: [String], of lines: [String], in target: ArchiveFixture,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let before = try target.contents()
    #expect(sourceLocation: sourceLocation) {
      try target.imported(lines)
    } throws: { error in
      (error as? StorageError)?.code == .duplicate
        && names.allSatisfy { "\(error)".contains($0) }
    }
    #expect(try target.contents() == before, sourceLocation: sourceLocation)
  }

  @Test("is refused as a whole when all of it is stored", arguments: TestStore.allCases)
  func twice(store: TestStore) throws {
    let (source, target) = (try ArchiveFixture(), try ArchiveFixture(store))
    try source.useParent(of: 3)
    let last = try source.lifecycle.use().id
    let lines = try source.exported()
    try target.imported(lines)
    try Self.expectCollision(["all of its plans", "\(last)"], of: lines, in: target)
    try Self.expectCollision(["all of its plans"], of: lines, in: source)
  }

  @Test("is refused before anything is written, with the names of plans, keys and actions")
  func names() throws {
    let (source, target) = (try ArchiveFixture(), try ArchiveFixture())
    let key = Key("the-key")
    let use = PlanUse(action: ActionName("local/sample"), idempotencyKey: key)
    let first = try source.lifecycle.use().id
    try source.lifecycle.plans.writeBlocking { _ = try $0.use(use) }
    // The same id, of another plan; the same key; another version of the action.
    target.lifecycle.time.advance(by: .seconds(5))
    _ = try target.lifecycle.use()
    try target.lifecycle.plans.writeBlocking { _ = try $0.use(use) }
    try Self.expectCollision(["the-key"], of: try source.exported(), in: target)
    try target.lifecycle.plans.writeBlocking { transaction in
      let action = try transaction.action(ActionName("local/sample"))
      try transaction.updateAction(
        try Fixture.action(retry: RetryPolicy(attempts: 7)), ifVersion: action.version)
    }
    try Self.expectCollision(
      ["local/sample", "version 2 there"], of: try source.exported(), in: target)
    let other = try ArchiveFixture()
    try other.imported(try source.exported(.tree(first)))
    try other.lifecycle.plans.writeBlocking { _ = try $0.cancel(first, reason: "other") }
    var text = ArchiveText(try source.exported(.tree(first)))
    let createdAt = "\"createdBy\":null"
    for index in text.contents.indices {
      text.contents[index] = text.contents[index].replacing(createdAt, with: "\"createdBy\":\"x\"")
    }
    try Self.expectCollision(["\(first)"], of: text.lines, in: other)
  }

  @Test("goes on behind the trees that an interrupted import has stored")
  func interrupted() throws {
    let source = try ArchiveFixture()
    for _ in 0..<500 { _ = try source.lifecycle.use() }
    _ = try source.lifecycle.claimOne(
      try source.lifecycle.plans.readBlocking {
        try $0.plans(matching: PlanQuery(order: .oldestFirst)).rows[0].id
      })
    let lines = try source.exported()
    let target = try ArchiveFixture(.sqlite)
    let directory = try ScratchDirectory()
    let path = directory.path("plans.jsonl")
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: path))
    let half = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
    #expect(throws: TestError.self) {
      try target.maintenance.importArchiveBlocking(from: path) { done, _ in
        if done > half { throw TestError() }
      }
    }
    let stored = try target.engine.read { try $0.counts(in: .all).total }
    #expect((1..<500).contains(stored))
    // A worker may have taken one of them on meanwhile.
    let first = try target.lifecycle.plans.writeBlocking { transaction in
      try transaction.claim(
        owner: LeaseOwner("test/1"), actors: [try Fixture.actor()], limit: 1, leaseFor: .seconds(60)
      ).first?.id
    }
    #expect(first != nil)
    let summary = try target.maintenance.importArchiveBlocking(from: path)
    #expect(summary.plansStoredBefore == stored && summary.plans == 500 - stored)
    #expect(summary.evictedLeases == 0)
    #expect(try target.problems() == [])
    #expect(try target.engine.read { try $0.counts(in: .all).total } == 500)
    try Self.expectCollision(["all of its plans"], of: lines, in: target)
  }
}
