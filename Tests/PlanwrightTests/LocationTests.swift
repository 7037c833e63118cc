import Planwright
import TestSupport
import Testing

@Suite("A location")
struct LocationTests {
  /// The description and the dump of the error that the call throws.
  private static func texts(of call: () throws -> Void) throws -> [String] {
    do { try call() } catch {
      var printed = ""
      dump(error, to: &printed)
      return ["\(error)", printed]
    }
    throw TestError("the call throws nothing")
  }

  @Test(
    "that is refused is quoted without user information and without options",
    arguments: [
      "mysql://u:PASSWORD@h/db", "sqlite://u:PASSWORD@h/db",
      "postgres:u:PASS/WORD?PASSWORD@h/db",
      "sqlite:////x.db?password=PASSWORD", "sqlite:////x.db?durability=PASSWORD",
      "sqlite:////x.db?PASSWORD", "sqlite:////x.db#PASSWORD", "sqlite:x.db?key=PASSWORD",
      "file:x.db?mode=memory&key=PASSWORD", "tape:x?key=PASSWORD", "u:PASSWORD@h",
    ])
  func secrets(location: String) throws {
    for text in try Self.texts(of: { _ = try StorageBackend(location: location) }) {
      #expect(!text.contains("PASS") && !text.contains("WORD"), "\(text)")
      #expect(text.contains("…"))
    }
  }

  @Test("of any length makes a short error")
  func long() throws {
    let long = String(repeating: "n", count: 1_000_000)
    // One character of a million bytes.
    let accents = "a" + String(repeating: "\u{301}", count: 500_000)
    for text in [long, accents] {
      for location in [
        text, "\(text):x", "sqlite:///\(text)", "sqlite:////x.db?\(text)=1", "tape:\(text)",
        "sqlite:\(text)?x", "sqlite:/\(text)/x.db", "sqlite:memory:\(text)", "memory:\(text)",
      ] {
        let texts = try Self.texts {
          _ = try PlanSystem.open(StorageBackend(location: location))
        }
        #expect(texts.allSatisfy { $0.utf8.count < 10_000 }, "a form of \(text.utf8.count) bytes")
      }
    }
  }

  @Test(
    "in a spelling of :memory: is answered with both in-memory forms",
    arguments: [":memory:", ":MEMORY:", " :memory: ", "sqlite:/:memory:", "sqlite::memory: "])
  func memory(location: String) {
    #expect {
      try StorageBackend(location: location)
    } throws: { error in
      (error as? StorageError)?.code == .invalidLocation
        && ["sqlite:memory: or .sqliteInMemory", "sqlite:memory:NAME"]
          .allSatisfy("\(error)".contains)
    }
  }

  // Allow `?` in the name of a SQLite store in memory, and its location cannot be read.
  @Test("of an in-memory store can be read back, whatever character its name has")
  func names() throws {
    for character in (0x20...0x7E).map({ Character(Unicode.Scalar($0)) }) {
      let name = "a\(character)mode=memory"
      for backend in [StorageBackend.inMemory(named: name), .sqliteInMemory(named: name)] {
        let system: PlanSystem
        do { system = try PlanSystem.open(backend) } catch let error as StorageError {
          #expect(error.code == .invalidLocation && "?#".contains(character), "\(error)")
          continue
        }
        let same = try PlanSystem.open(StorageBackend(location: system.location))
        #expect(same.location == system.location)
        try same.close()
        try system.close()
      }
    }
  }

  @Test("of a system opens the same store with the same options")
  func again() throws {
    let directory = try ScratchDirectory()
    let path = directory.path("a b%?.db")
    let fast = SQLiteOptions(durability: .normal, exclusive: true)
    let escaped = directory.path("a b%25%3F.db")
    let backends = [
      StorageBackend.sqlite(at: path), .sqlite(at: path, options: fast),
      .sqlite(at: path, options: SQLiteOptions(exclusive: true)),
      try StorageBackend(location: "sqlite:///\(escaped)?durability=normal"),
      try StorageBackend(location: "file://\(escaped)?exclusive=true&durability=full"),
      .sqliteInMemory(named: "again"), .inMemory(named: "again"),
    ]
    for backend in backends {
      let system = try PlanSystem.open(backend)
      try system.plans.writeBlocking { transaction in
        _ = try transaction.register(try Fixture.action())
      }
      // While it is open, other options are refused.
      let same = try PlanSystem.open(StorageBackend(location: system.location))
      #expect(same.location == system.location)
      let actions = try same.plans.readBlocking { try $0.actions(matching: ActionQuery()).rows }
      #expect(actions.count == 1, "\(system.location)")
      try same.close()
      try system.close()
    }
  }
}
