import Foundation
import PlanStorage
import TestSupport
import TestTraits
import Testing

@testable import SQLiteStorage

// Protection 1: what a database is called does not matter, only what it is.
@Suite("The identity of a SQLite database", .dedicatedThread)
struct IdentityTests {
  @Test("is the same for every path that leads to it")
  func spellings() throws {
    let directory = try ScratchDirectory()
    let real = directory.path("real")
    try FileManager.default.createDirectory(atPath: real, withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: directory.path("way"), withDestinationPath: real)
    try FileManager.default.createSymbolicLink(
      atPath: directory.path("link.db"), withDestinationPath: "real/plans.db")
    try FileManager.default.createSymbolicLink(
      atPath: directory.path("link of link.db"), withDestinationPath: "link.db")
    let registry = SQLiteEngineRegistry()
    // The link is opened first, while it leads to nothing yet.
    let first = try registry.open(directory.path("link.db"), .quick)
    let spellings = [
      "\(real)/plans.db", "\(real)//plans.db", "\(real)/./plans.db", "\(real)/../real/plans.db",
      directory.path("way") + "/plans.db", directory.path("link of link.db"),
      relative(to: "\(real)/plans.db"),
    ]
    for spelling in spellings {
      let store = try registry.open(spelling, .quick)
      #expect(store.engine === first.engine, "\(spelling)")
      try store.close()
    }
    for location in [
      "sqlite:\(real)/plans.db", "sqlite:///\(real)/plans.db", "file://\(real)/plans.db",
      "sqlite:///\(real)/%70lans.db", "file:\(real)/pl%61ns%2Edb",
    ] {
      let backend = try StorageBackend(sqliteLocation: location + "", in: registry)
      // Other options than those of the open store: it is found, and refused for that alone.
      expectCode(.conflictingOpen) { _ = try backend.open() }
    }
    try first.close()
  }

  private func relative(to path: String) -> String {
    let ups = FileManager.default.currentDirectoryPath.split(separator: "/").map { _ in ".." }
    return ups.joined(separator: "/") + path
  }

  @Test("differs for different files, whatever characters their names have")
  func names() throws {
    let directory = try ScratchDirectory()
    let registry = SQLiteEngineRegistry()
    let names = [
      "plans.db", "Plans.db", "%70lans.db", "plans.db?mode=memory", "a b", "#", "é", "e\u{301}",
      "👩‍👩‍👧‍👦", "file:x", ":memory:", "memory:x", "-", "'",
    ]
    let stores = try names.map { try registry.open(directory.url.path + "/" + $0, .quick) }
    #expect(Set(stores.map { ObjectIdentifier($0.engine) }).count == names.count)
    for store in stores { try store.close() }
  }

  @Test(
    "is refused for a path that names no file",
    arguments: ["", ".", "..", "a/", "a\u{0}b", "/", "./"])
  func noFile(path: String) {
    expectCode(.invalidLocation) { _ = try SQLiteEngineRegistry().open(path) }
  }

  @Test("is refused for a file with several links, before and after it is opened")
  func hardLinks() throws {
    let directory = try ScratchDirectory()
    let (path, other) = (directory.path("plans.db"), directory.path("other.db"))
    let registry = SQLiteEngineRegistry()
    try registry.open(path, .quick).close()
    #expect(link(path, other) == 0)
    for name in [path, other] {
      expectCode(.invalidLocation) { _ = try registry.open(name, .quick) }
    }
    unlink(other)
    try registry.open(path, .quick).close()
  }

  @Test(
    "is in the error when the database cannot be opened",
    arguments: [
      ("missing/plans.db", StorageError.Code.cannotOpen), ("directory", .cannotOpen),
      ("text", .notAStore), ("loop", .cannotOpen), ("pipe", .cannotOpen),
      ("text/plans.db", .cannotOpen),
    ])
  func cannotOpen(name: String, code: StorageError.Code) throws {
    let directory = try ScratchDirectory()
    let files = FileManager.default
    try files.createDirectory(
      atPath: directory.path("directory"), withIntermediateDirectories: true)
    try Data(String(repeating: "no database ", count: 999).utf8)
      .write(to: URL(fileURLWithPath: directory.path("text")))
    try files.createSymbolicLink(atPath: directory.path("loop"), withDestinationPath: "loop")
    mkfifo(directory.path("pipe"), 0o600)
    let before = try? Data(contentsOf: URL(fileURLWithPath: directory.path("text")))
    let registry = SQLiteEngineRegistry()
    for _ in 0..<2 {
      expectCode(code) { _ = try registry.open(directory.path(name)) }
      expectCode(code) {
        _ = try StorageBackend.sqlite(at: directory.path(name), in: registry).schema()
      }
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: directory.path("text"))) == before)
    // A failure leaves no trace: the next database opens.
    try registry.open(directory.path("good.db"), .quick).close()
  }

  @Test("is refused where a part of the path is a file, with the name of that part")
  func fileAsDirectory() throws {
    let directory = try ScratchDirectory()
    let registry = SQLiteEngineRegistry()
    try registry.open(directory.path("good.db"), .quick).close()
    let backend = StorageBackend.sqlite(at: directory.path("good.db") + "/x.db", in: registry)
    for call in [{ _ = try backend.schema() }, { _ = try backend.open() }] as [() throws -> Void] {
      #expect {
        try call()
      } throws: { error in
        (error as? StorageError)?.code == .cannotOpen
          && "\(error)".contains("good.db is not a directory")
      }
    }
  }

  @Test("takes an empty file for a new database, and keeps a new one to its owner")
  func permissions() throws {
    let directory = try ScratchDirectory()
    let (empty, new) = (directory.path("empty.db"), directory.path("new.db"))
    try Data().write(to: URL(fileURLWithPath: empty))
    let registry = SQLiteEngineRegistry()
    let stores = try [empty, new].map { try registry.open($0, .quick) }
    _ = try AtomicPairs.action(in: stores[1])
    for suffix in ["", "-wal", "-shm"] {
      let attributes = try FileManager.default.attributesOfItem(atPath: new + suffix)
      #expect(attributes[.posixPermissions] as? Int == 0o600, "\(suffix)")
    }
    for store in stores { try store.close() }
  }

  @Test("is read from a location with every character as it is written")
  func locations() throws {
    func file(_ path: String, _ options: SQLiteOptions = .standard) -> SQLiteLocation {
      .file(path: path, options)
    }
    let expected: [String: SQLiteLocation] = [
      "sqlite:plans.db": file("plans.db"), "sqlite:/a/plans.db": file("/a/plans.db"),
      "sqlite:%41.db": file("%41.db"),
      "sqlite:///./a%3Fb": file("./a?b"), "sqlite:////a%23b": file("/a#b"),
      "sqlite:///./rel.db": file("./rel.db"), "sqlite:////abs.db": file("/abs.db"),
      "sqlite:///../rel.db": file("../rel.db"),
      "sqlite:////a%20b.db": file("/a b.db"), "sqlite:////%2541.db": file("/%41.db"),
      "file:rel.db": file("rel.db"), "file:///abs.db": file("/abs.db"),
      "sqlite:memory:": .privateMemory, "sqlite:./:memory:": file("./:memory:"),
      "sqlite:///./:memory:": file("./:memory:"),
      "sqlite:memory:x": .memory(name: "x"), "sqlite:./memory:x": file("./memory:x"),
      "file:/a.db?durability=normal&exclusive=true": file(
        "/a.db", SQLiteOptions(durability: .normal, exclusive: true)),
      "sqlite:////a.db?durability=full&exclusive=false": file("/a.db"),
    ]
    for (text, location) in expected {
      #expect(try SQLiteLocation(text) == location, "\(text)")
    }
    for text in [
      "sqlite:", "file:", "sqlite", "postgres:x", "sqlite://host/a.db", "file://user@h/a.db",
      "sqlite:////a%zz", "sqlite:////a%4", "sqlite:////a%00b", "sqlite:////a%ff",
      "sqlite:////a#b", "sqlite:////a?x=1", "sqlite:////a?durability=full&durability=full",
      "sqlite:////a?vfs=unix", "sqlite:////a?durability", "SQLITE:a.db",
    ] {
      expectCode(.invalidLocation) { _ = try SQLiteLocation(text) }
    }
  }

  // Each of them was taken for something else: options for a part of a name, nothing for a store in
  // memory that is gone at the end, an absolute path for a relative one.
  @Test(
    "is refused for a location with options or without a name, with an error that says what to write",
    arguments: [
      ("sqlite:plans.db?durability=none", "sqlite:///./PATH?durability=normal"),
      ("sqlite:plans.db?durability=normal", "sqlite:////PATH?durability=normal"),
      ("sqlite:/a/plans.db#1", "%23"), ("sqlite:memory:jobs?durability=normal", "%3F"),
      ("sqlite:///rel.db", "sqlite:////PATH for an absolute path"),
      ("sqlite:///tmp/plans.db", "sqlite:///./PATH for a relative one"),
      ("sqlite:///%74mp/plans.db?durability=full", "sqlite:////PATH"),
      ("sqlite:///.hidden.db", "sqlite:////PATH"),
      ("sqlite:///", "sqlite:memory:"), ("sqlite://", "sqlite:memory:"),
      ("sqlite:///?durability=full", "sqlite:memory:"), ("sqlite:?durability=full", "options"),
      ("sqlite:///:memory:?durability=full", "sqlite:memory:NAME"),
      ("file:", "names no file"), ("file://", "names no file"), ("file:?exclusive=true", "no file"),
    ])
  func refusedLocations(text: String, words: String) {
    #expect {
      _ = try SQLiteLocation(text)
    } throws: { error in
      guard let error = error as? StorageError, error.code == .invalidLocation else { return false }
      return "\(error)".contains(words)
    }
  }

  // As a path each of them would make a file of a strange name; as a location of other tools it means
  // a database that is gone at the end, private or shared.
  @Test(
    "is not named by any spelling of :memory:, which is answered with the two in-memory forms",
    arguments: [
      ":memory:", "sqlite::memory:", "sqlite://:memory:", "sqlite:///:memory:",
      "sqlite:///%3Amemory%3a", "sqlite::memory:?cache=shared", "file::memory:",
      "file::memory:?cache=shared", "file:///:memory:", "file:jobs?mode=memory&cache=shared",
      "sqlite:jobs?mode=memory", "sqlite:/:memory:", "file:/:memory:", "sqlite::memory: ",
      "sqlite::MEMORY:", ":Memory:", " :memory:\n", "sqlite:///:memory:%20", "sqlite: :memory:",
      "file:jobs?MODE=MEMORY",
    ])
  func memorySpellings(text: String) throws {
    let directory = try ScratchDirectory()
    let source = try SQLiteEngineRegistry().openMemory()
    var refusals: [() throws -> Void] = [
      { try StorageBackend.sqlite(at: text, in: SQLiteEngineRegistry()).open().close() },
      { try StorageBackend.sqlite(at: text, in: SQLiteEngineRegistry()).openExisting().close() },
      { _ = try StorageBackend.sqlite(at: text, in: SQLiteEngineRegistry()).schema() },
      { _ = try StorageBackend.sqlite(at: text, in: SQLiteEngineRegistry()).migrate() },
      { try SQLiteEngineRegistry().open(text).close() },
      { try source.backup(to: text) },
    ]
    if text.contains("sqlite:") || text.contains("file:") {
      refusals.append { _ = try StorageBackend(sqliteLocation: text) }
    }
    for refusal in refusals {
      #expect {
        try refusal()
      } throws: { error in
        let words = [
          "sqlite:memory: or .sqliteInMemory", "memory: or .inMemory", "sqlite:memory:NAME",
          ".sqliteInMemory(named: \"NAME\")", "./:memory:",
        ]
        return (error as? StorageError)?.code == .invalidLocation
          && words.allSatisfy("\(error)".contains)
      }
    }
    #expect(!FileManager.default.fileExists(atPath: text))
    try source.close()
    // In a directory it is a name like any other.
    let path = directory.url.path + "/:memory:"
    try SQLiteEngineRegistry().open(path, .quick).close()
    #expect(FileManager.default.fileExists(atPath: path))
  }

  /// Paths, and the locations that name them without options and with one.
  static let descriptions = [
    "plans.db": ("sqlite:plans.db", "sqlite:///./plans.db?durability=normal"),
    "/a/plans.db": ("sqlite:/a/plans.db", "sqlite:////a/plans.db?durability=normal"),
    "a?b": ("sqlite:///./a%3Fb", "sqlite:///./a%3Fb?durability=normal"),
    "a#b": ("sqlite:///./a%23b", "sqlite:///./a%23b?durability=normal"),
    "%41?.db": ("sqlite:///./%2541%3F.db", "sqlite:///./%2541%3F.db?durability=normal"),
    "%41.db": ("sqlite:%41.db", "sqlite:///./%2541.db?durability=normal"),
    "memory:x": ("sqlite:///./memory%3Ax", "sqlite:///./memory%3Ax?durability=normal"),
    "./:memory:": ("sqlite:./:memory:", "sqlite:///./%3Amemory%3A?durability=normal"),
    "/:memory:": ("sqlite:////%3Amemory%3A", "sqlite:////%3Amemory%3A?durability=normal"),
    "//a/b": ("sqlite://///a/b", "sqlite://///a/b?durability=normal"),
    "../a": ("sqlite:../a", "sqlite:///../a?durability=normal"),
    "memory:?": ("sqlite:///./memory%3A%3F", "sqlite:///./memory%3A%3F?durability=normal"),
    "a:b": ("sqlite:a:b", "sqlite:///./a%3Ab?durability=normal"),
    ".hidden": ("sqlite:.hidden", "sqlite:///./.hidden?durability=normal"),
  ]

  @Test("is described by a location that means the same file and the same options")
  func descriptionsRead() throws {
    for (path, texts) in Self.descriptions {
      let fast = SQLiteOptions(durability: .normal)
      for (text, options) in [(texts.0, SQLiteOptions.standard), (texts.1, fast)] {
        #expect(StorageBackend.sqlite(at: path, options: options).description == text)
        // A leading `./` names the same file.
        let location = try SQLiteLocation(text)
        #expect(
          [.file(path: path, options), .file(path: "./" + path, options)].contains(location),
          "\(text)")
      }
    }
    let both = SQLiteOptions(durability: .normal, exclusive: true)
    let text = StorageBackend.sqlite(at: "/a", options: both).description
    #expect(text == "sqlite:////a?durability=normal&exclusive=true")
    #expect(try SQLiteLocation(text) == .file(path: "/a", both))
  }
}
