import Planwright
import PlanwrightTesting
import Testing

@testable import importer

/// A target that adds the third row and fails then, once.
private actor FailingTarget: RowTarget {
  struct Offline: Error {}

  private let file: TargetFile
  private var calls = 0

  init(_ file: TargetFile) { self.file = file }

  func add(_ row: Row) async throws -> Bool {
    let isNew = try await file.add(row)
    calls += 1
    if calls == 3 { throw Offline() }
    return isNew
  }

  func synchronize() async throws { try await file.synchronize() }
}

@Suite("A batch", .timeLimit(.minutes(30)))
struct BatchTests {
  private let folder: Folder
  private let test: TestSystem

  init() throws {
    folder = try Folder()
    test = try TestSystem(.sqlite)
  }

  /// Imports lines in batches of four.
  private func counts(_ lines: [String], into target: any RowTarget) async throws -> ImportCounts {
    try folder.write(lines, to: "rows")
    let actions = try ImportActions(
      target: target, linesPerBatch: 4, limit: RateLimit(perSecond: nil))
    try await test.system.register(actions.all)
    let file = try await test.plans.use(
      actions.file, arguments: FileImport(path: folder.path("rows"), bytes: 0))
    try await test.runUntilIdle(actions.all)
    return try await file.result()
  }

  @Test("that is repeated does not add the rows again that the first attempt added")
  func repeated() async throws {
    let rows = (1...4).map { "\($0),x" }
    let target = FailingTarget(try TargetFile(path: folder.path("target")))
    let counts = try await counts(rows, into: target)
    #expect(counts == ImportCounts(added: 1, present: 3))
    #expect(try folder.lines(of: "target") == rows)
  }

  @Test("counts the lines that are no rows, and goes on")
  func refused() async throws {
    let lines = ["a,1", "no row", "a,again", ",no key", "b,2", "c,3"]
    let counts = try await counts(lines, into: try TargetFile(path: folder.path("target")))
    #expect(counts == ImportCounts(added: 3, present: 1, refused: [2, 4]))
    #expect(try folder.lines(of: "target").sorted() == ["a,1", "b,2", "c,3"])
  }

  @Test("of no rows is no batch")
  func empty() async throws {
    let counts = try await counts([], into: try TargetFile(path: folder.path("target")))
    #expect(counts == ImportCounts())
  }

  @Test("finds a target whose last line is incomplete, and adds that row again")
  func incomplete() async throws {
    try folder.write(["a,1", "b,2"], to: "target")
    try folder.append("c,", to: "target")
    let target = try TargetFile(path: folder.path("target"))
    #expect(try await counts(["b,2", "c,3"], into: target) == ImportCounts(added: 1, present: 1))
    #expect(try folder.lines(of: "target") == ["a,1", "b,2", "c,3"])
  }
}
