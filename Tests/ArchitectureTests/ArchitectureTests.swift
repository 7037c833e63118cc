import Foundation
import PlanDomain
import Testing

@Suite("The sources keep to the architecture")
struct ArchitectureTests {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  /// The Swift files below a folder: path and lines.
  static func sources(_ folder: String) throws -> [(path: String, lines: [String])] {
    let files = FileManager.default.enumerator(atPath: root.appending(path: folder).path)
    let paths = (files?.allObjects as? [String] ?? []).filter {
      $0.hasSuffix(".swift") && !$0.contains(".build/")
    }
    return try paths.map { path in
      ("\(folder)/\(path)", try text("\(folder)/\(path)").components(separatedBy: "\n"))
    }
  }

  static let allowed: [String: Set<String>] = [
    "Sources/PlanDomain": [],
    "Sources/PlanStorage": ["PlanDomain", "Synchronization", "Darwin", "Glibc", "Musl"],
    "Adapters/SQLite": [
      "PlanDomain", "PlanStorage", "CSQLite", "Synchronization", "Darwin", "Glibc", "Musl",
    ],
    "Adapters/PostgreSQL": [
      "PlanDomain", "PlanStorage", "CPostgreSQL", "Synchronization", "Darwin", "Glibc", "Musl",
    ],
    "Sources/PlanLifecycle": [
      "PlanDomain", "PlanStorage", "Synchronization", "Dispatch", "Darwin", "Glibc", "Musl",
    ],
    "Adapters/InMemory": [
      "PlanDomain", "PlanStorage", "Synchronization", "Darwin", "Glibc", "Musl",
    ],
    "Sources/Planwright": [
      "PlanDomain", "PlanStorage", "PlanLifecycle", "InMemoryStorage", "SQLiteStorage",
      "PostgreSQLStorage", "Darwin", "Glibc", "Musl",
    ],
    "Sources/PlanwrightTesting": [
      "PlanDomain", "PlanStorage", "PlanLifecycle", "PlanStorageContract", "Planwright",
    ],
    "Sources/planctl": [
      "Planwright", "PlanStorage.Locked", "Foundation", "Synchronization", "Dispatch", "Darwin",
      "Glibc", "Musl",
    ],
    "Sources/PlanStorageContract": [
      "PlanDomain", "PlanStorage", "Foundation", "Dispatch", "Darwin", "Glibc", "Musl",
    ],
  ]

  @Test("Each module imports only what it may", arguments: allowed.keys.sorted())
  func imports(module: String) throws {
    let sources = try Self.sources(module)
    #expect(!sources.isEmpty)
    for (path, lines) in sources {
      for line in lines.map({ $0.trimmingCharacters(in: .whitespaces) }) {
        let words = line.split(separator: " ")
        guard let index = words.firstIndex(of: "import"), index <= 2, !line.hasPrefix("//") else {
          continue
        }
        // `import struct M.T` is allowed where M.T or the whole of M is.
        let name = words[words.endIndex - 1]
        let names = [String(name), String(name.prefix { $0 != "." })]
        #expect(Self.allowed[module]?.isDisjoint(with: names) == false, "\(path): \(line)")
      }
    }
  }

  @Test("Hosts get two modules whole, one type by its name and one by a second name")
  func exports() throws {
    let lines = try Self.text("Sources/Planwright/Exports.swift").components(separatedBy: "\n")
    #expect(
      lines.filter { $0.hasPrefix("@_exported") } == [
        "@_exported public import PlanDomain", "@_exported public import PlanLifecycle",
        "@_exported public import struct SQLiteStorage.SQLiteOptions",
      ])
    #expect(
      lines.filter { $0.hasPrefix("public typealias") } == [
        "public typealias StorageBackend = PlanStorage.StorageBackend"
      ])
    // No other file of a module that hosts see exports anything.
    for folder in ["Sources/Planwright", "Sources/PlanDomain", "Sources/PlanLifecycle"] {
      for (path, lines) in try Self.sources(folder) where !path.hasSuffix("/Exports.swift") {
        #expect(!lines.contains { $0.contains("@_exported") }, "\(path)")
      }
    }
  }

  @Test("The lifecycle's public interface names nothing of the ports")
  func lifecycleInterface() throws {
    for (path, lines) in try Self.sources("Sources/PlanLifecycle") {
      #expect(!lines.contains("public import PlanStorage"), "\(path)")
    }
  }

  @Test("Six entries are visible at the top, and there are no package dependencies")
  func topLevel() throws {
    let entries = try FileManager.default.contentsOfDirectory(atPath: Self.root.path)
      .filter { !$0.hasPrefix(".") && $0 != "Package.resolved" }
    #expect(
      Set(entries)
        == ["Package.swift", "Sources", "Tests", "Adapters", "Architecture.md", "README.md"])
    let manifest = try Self.text("Package.swift")
    #expect(manifest.contains("dependencies: [],") && !manifest.contains(".package("))
  }

  // Protection 16: what is put together at run time could hold a value.
  @Test("Statements are put together in one place only, out of names of columns")
  func statements() throws {
    let words = ["SELECT ", "INSERT ", "UPDATE ", "DELETE "]
    for adapter in ["Adapters/SQLite", "Adapters/PostgreSQL"] {
      for (path, lines) in try Self.sources(adapter) where !path.contains("Schema/SQL") {
        for line in lines where words.contains(where: line.contains) {
          #expect(!line.contains("\\("), "\(path): \(line)")
        }
      }
    }
  }

  @Test("Adapters never suspend, no code traps on purpose, and no file is too long")
  func style() throws {
    for folder in ["Sources", "Adapters", "Tests"] {
      for (path, lines) in try Self.sources(folder) {
        #expect(lines.count <= 401, "\(path) has \(lines.count) lines")
        guard folder != "Tests" else { continue }
        for line in lines {
          let traps = ["try!", "fatalError(", "as!", "nonisolated(unsafe)"].filter(line.contains)
          #expect(traps.isEmpty, "\(path): \(line)")
          if folder == "Adapters" { #expect(!line.contains("await "), "\(path): \(line)") }
        }
      }
    }
  }

  @Test("Unchecked sendability stands only on the locks, each with its reason")
  func unchecked() throws {
    let expected: Set = [
      "Sources/PlanStorage/Concurrency/Latch.swift",
      "Sources/PlanLifecycle/Concurrency/ThreadSignal.swift",
      "Adapters/SQLite/Connection/SQLiteConnection.swift",
      "Adapters/PostgreSQL/Connection/PostgreSQLConnection.swift",
      "Adapters/PostgreSQL/Connection/PostgreSQLLibrary.swift",
      "Adapters/InMemory/TicketLock.swift", "Adapters/InMemory/ReadWriteLocked.swift",
    ]
    let sources = try Self.sources("Sources") + Self.sources("Adapters")
    let found = sources.filter { $0.lines.contains { $0.contains("@unchecked Sendable") } }
    #expect(Set(found.map(\.path)) == expected)
    for (path, lines) in found {
      #expect(lines.contains { $0.contains("Unchecked because") }, "\(path)")
    }
  }

  /// An arrow of the diagram, as a row of the table has it.
  struct Arrow: Hashable, CustomStringConvertible {
    let command: String
    let from: String
    let to: String
    let isExhausted: Bool
    var description: String {
      "\(from) --> \(to): \(command)\(isExhausted ? " (no attempt left)" : "")"
    }
  }

  @Test("The state diagram shows exactly the rows of the transition table")
  func diagram() throws {
    var drawn: Set<Arrow> = []
    for line in try Self.text("Architecture.md").components(separatedBy: "\n") {
      let halves = line.components(separatedBy: " --> ")
      guard halves.count == 2, !line.contains("[*]") else { continue }
      let labels = halves[1].components(separatedBy: ": ")
      for label in try #require(labels.last).components(separatedBy: ", ") {
        drawn.insert(
          Arrow(
            command: label.replacingOccurrences(of: " (no attempt left)", with: ""),
            from: halves[0].trimmingCharacters(in: .whitespaces), to: labels[0],
            isExhausted: label.hasSuffix(" (no attempt left)")))
      }
    }
    func name(_ status: PlanStatus) -> String {
      status.description.replacingOccurrences(of: "/", with: "_")
    }
    var rows: Set<Arrow> = []
    for row in TransitionTable.rows {
      rows.insert(
        Arrow(
          command: row.command.rawValue, from: name(row.from), to: name(row.target.status),
          isExhausted: false))
      if let exhausted = row.target.exhausted {
        rows.insert(
          Arrow(
            command: row.command.rawValue, from: name(row.from), to: name(exhausted),
            isExhausted: true))
      }
    }
    #expect(drawn.subtracting(rows).isEmpty, "only in the diagram")
    #expect(rows.subtracting(drawn).isEmpty, "only in the table")
  }
}
