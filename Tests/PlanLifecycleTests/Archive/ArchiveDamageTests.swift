import Foundation
import PlanDomain
import PlanStorage
import PlanStorageContract
import TestSupport
import TestTraits
import Testing

@testable import PlanLifecycle

@Suite("An archive that is not as it was written", .dedicatedThread)
struct ArchiveDamageTests {
  /// The import is refused with this code and line, and nothing is written.
  private static func expectRefusal(
    _ code: StorageError.Code, line: Int, of lines: [String],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let target = try ArchiveFixture()
    #expect(sourceLocation: sourceLocation) {
      try target.imported(lines)
    } throws: { error in
      (error as? StorageError)?.code == code && "\(error)".contains("line \(line) of archive")
    }
    #expect(try target.contents() == [:], sourceLocation: sourceLocation)
  }

  private static func sample() throws -> [String] {
    let source = try ArchiveFixture()
    try source.useParent(of: 2)
    _ = try source.lifecycle.use()
    return try source.exported()
  }

  @Test("is refused with the number of the line, wherever it ends")
  func truncated() throws {
    let lines = try Self.sample()
    for count in 1..<lines.count {
      try Self.expectRefusal(.corrupt, line: count + 1, of: Array(lines.prefix(count)))
    }
    let bytes = Array((lines.joined(separator: "\n") + "\n").utf8)
    for count in stride(from: 1, to: bytes.count, by: 397) {
      let target = try ArchiveFixture()
      #expect(errorCode { try target.imported(bytes: Array(bytes.prefix(count))) } == "corrupt")
      #expect(try target.contents() == [:])
    }
  }

  @Test("is refused with the number of the line that is changed, repeated, missing or moved")
  func changed() throws {
    let lines = try Self.sample()
    for index in lines.indices.dropFirst().dropLast() {
      var changed = lines
      changed[index] = changed[index].replacing("local", with: "lokal").replacing(
        "\":1", with: "\":2")
      if changed[index] != lines[index] {
        try Self.expectRefusal(.corrupt, line: index + 1, of: changed)
      }
      changed = lines
      changed.remove(at: index)
      try Self.expectRefusal(.corrupt, line: index + 1, of: changed)
      changed = lines
      changed.insert(lines[index], at: index)
      try Self.expectRefusal(.corrupt, line: index + 2, of: changed)
      changed = lines
      changed.swapAt(index, index + 1)
      try Self.expectRefusal(.corrupt, line: index + 1, of: changed)
    }
    try Self.expectRefusal(.corrupt, line: lines.count + 1, of: lines + [lines[1]])
  }

  @Test("is refused when it is something else, or of a newer version")
  func foreign() throws {
    let lines = try Self.sample()
    for first in [
      "", "no archive", "{}", "[1]", "{\"header\":{\"format\":\"other\",\"version\":1}}",
    ] {
      try Self.expectRefusal(.notAStore, line: 1, of: [first] + lines.dropFirst())
    }
    var newer = ArchiveText(lines)
    newer.contents[0] = newer.contents[0].replacing("\"version\":1", with: "\"version\":2")
    try Self.expectRefusal(.schemaTooNew, line: 1, of: newer.lines)
    let target = try ArchiveFixture()
    #expect(errorCode { try target.imported(bytes: []) } == "notAStore")
    #expect(
      errorCode { try target.maintenance.importArchiveBlocking(from: "/none") } == "cannotOpen")
    #expect(
      errorCode { try target.maintenance.importArchiveBlocking(from: "/tmp") } == "cannotOpen")
  }

  @Test("is refused when its checksums fit and its plans do not")
  func hostile() throws {
    let text = ArchiveText(try Self.sample())
    func index(_ part: String, _ number: Int = 0) throws -> Int {
      let all = text.contents.indices.filter { text.contents[$0].contains(part) }
      return try #require(all.dropFirst(number).first)
    }
    // A plan twice: its lines once more, below another parent.
    let (first, second) = (try index("\"key\":\"child-0\""), try index("\"key\":\"child-1\""))
    let plan = try #require(text.contents[first].firstMatch(of: /"id":"(\w+)"/)?.output.1)
    let other = try #require(text.contents[second].firstMatch(of: /"id":"(\w+)"/)?.output.1)
    var changed = text
    for position in second..<changed.contents.count {
      changed.contents[position] = changed.contents[position].replacing(other, with: plan)
    }
    try Self.expectRefusal(.corrupt, line: second + 1, of: changed.lines)
    // A child before its parent, a plan without its action, an event too few, other counts.
    let parent = try index("{\"plan\"")
    changed = text
    changed.contents.swapAt(parent, first)
    try Self.expectRefusal(.corrupt, line: parent + 1, of: changed.lines)
    changed = text
    changed.contents.remove(at: 1)
    try Self.expectRefusal(.corrupt, line: 2, of: changed.lines)
    changed = text
    changed.contents.remove(at: first + 1)
    try Self.expectRefusal(.corrupt, line: first + 2, of: changed.lines)
    changed = text
    changed.contents[text.contents.count - 1] = "{\"end\":{\"actions\":9,\"plans\":9,\"events\":9}"
    try Self.expectRefusal(.corrupt, line: text.contents.count, of: changed.lines)
    // A status that the events do not lead to.
    changed = text
    changed.contents[first] = changed.contents[first].replacing(
      "strategize/queued", with: "strategize/complete")
    try Self.expectRefusal(.corrupt, line: first + 1, of: changed.lines)
  }

  @Test("is refused when an idempotency key is there twice")
  func keys() throws {
    let source = try ArchiveFixture()
    _ = try source.lifecycle.use()
    for key in ["one", "two"] {
      try source.lifecycle.plans.writeBlocking { transaction in
        _ = try transaction.use(
          PlanUse(action: ActionName("local/sample"), idempotencyKey: try Key(key)))
      }
    }
    var text = ArchiveText(try source.exported())
    for index in text.contents.indices {
      text.contents[index] = text.contents[index].replacing("\"two\"", with: "\"one\"")
    }
    let line = text.contents.lastIndex { $0.contains("\"one\"") } ?? 0
    try Self.expectRefusal(.corrupt, line: line + 1, of: text.lines)
  }

  @Test("is read or refused with an error of the package, whatever is changed in it")
  func fuzz() throws {
    let seed = SeededGenerator.announcedSeed()
    var mutation = InputMutation(seed: seed)
    let source = try ArchiveFixture()
    var generator = try StoreGenerator(SeededGenerator(seed: seed), source.lifecycle)
    try generator.run(30)
    let text = ArchiveText(try source.exported())
    let bytes = Array(text.lines.joined(separator: "\n").utf8)
    var accepted = 0
    for round in 0..<Rounds.scaled(120, long: 10_000) {
      let target = try ArchiveFixture()
      do {
        if round.isMultiple(of: 4) {
          try target.imported(bytes: mutation.of(bytes))
        } else {
          // Checksums that fit let the change through to what comes behind them.
          var changed = text
          let line = mutation.number(0...(text.contents.count - 1))
          let content = mutation.of(Array(text.contents[line].utf8))
          changed.contents[line] = String(decoding: content, as: UTF8.self)
          try target.imported(changed.lines)
        }
        accepted += 1
      } catch is StorageError {} catch is PlanError {}
    }
    print("accepted \(accepted)")
  }
}
