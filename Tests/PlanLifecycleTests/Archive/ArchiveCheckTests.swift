import Foundation
import PlanDomain
import PlanStorage
import TestSupport
import TestTraits
import Testing

@testable import PlanLifecycle

@Suite("A check of an archive", .dedicatedThread)
struct ArchiveCheckTests {
  private func check(_ lines: [String], in target: ArchiveFixture) throws -> ArchiveSummary {
    let directory = try ScratchDirectory()
    let path = directory.path("plans.jsonl")
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: path))
    return try target.maintenance.checkArchiveBlocking(at: path)
  }

  @Test("tells what it contains, and writes nothing", arguments: TestStore.allCases)
  func sound(store: TestStore) throws {
    let (source, target) = (try ArchiveFixture(), try ArchiveFixture(store))
    try source.useParent(of: 3)
    let lines = try source.exported()
    let before = try target.contents()
    #expect(try check(lines, in: target).plans == 4)
    #expect(try target.contents() == before)
    try target.imported(lines)
    #expect(try target.contents() == source.contents())
  }

  @Test("refuses what an import refuses: damage, another file, and what is stored")
  func refused() throws {
    let (source, target) = (try ArchiveFixture(), try ArchiveFixture())
    try source.useParent(of: 3)
    let lines = try source.exported()
    for (lines, fixture, code) in [
      (Array(lines.dropLast()), target, .corrupt), (["no archive"], target, .notAStore),
      (lines, source, .duplicate),
    ] as [([String], ArchiveFixture, StorageError.Code)] {
      #expect {
        try check(lines, in: fixture)
      } throws: {
        ($0 as? StorageError)?.code == code
      }
    }
  }
}
