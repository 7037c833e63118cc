import Foundation
import Planwright
import TestSupport
import Testing

@testable import planctl

@Suite("An interrupted or impossible move of a store", .timeLimit(.minutes(30)))
struct InterruptedMoveTests {
  private static let count = 2_000

  /// A store with some thousand plans.
  private static func large() async throws -> StoreOfPlans {
    let store = try await StoreOfPlans()
    let system = try PlanSystem.open(StorageBackend(location: store.location))
    try await system.plans.write { transaction in
      for number in 0..<count {
        try transaction.use(
          PlanUse(action: "local/test", arguments: ["text": .string("\(number)")]))
      }
    }
    try system.close()
    return store
  }

  /// Starts a command and sends Ctrl-C once the condition holds; how often it takes is bounded.
  ///
  /// Returns what the command said, or nil when it had ended before.
  private static func interrupt(
    _ words: [String], _ store: StoreOfPlans,
    when condition: @escaping @Sendable (_ process: Int32) -> Bool
  ) async throws -> String? {
    let started = try store.fixture.start(words: words)
    let process = started.process
    try await waitUntil("'\(words)' to be in the middle") {
      condition(process.processIdentifier) || !process.isRunning
    }
    if process.isRunning { kill(process.processIdentifier, SIGINT) }
    let status = await started.ending.status
    let said = started.errors.fileHandleForReading.readDataToEndOfFile()
    let text = String(decoding: said, as: UTF8.self)
    #expect([0, 130].contains(status), "\(words): \(String(describing: status)) \(text)")
    return status == 130 ? text : nil
  }

  /// The names in the folder of the test.
  private static func names(_ store: StoreOfPlans) throws -> Set<String> {
    Set(try FileManager.default.contentsOfDirectory(atPath: store.fixture.folder))
  }

  private static func plans(_ location: String, _ store: StoreOfPlans) async throws -> Int64? {
    let text = PlanctlOutput()
    _ = await PlanctlCommand.run(
      ["store", "info", "--json", "--store", location], text.console,
      environment: store.fixture.environment)
    return try JSONValue(parsing: text.all)["data"]?["plans"]?.integerValue
  }

  @Test("leaves no file of an export or a backup, and says so; an export that ended is whole")
  func export() async throws {
    let store = try await Self.large()
    let folder = store.fixture.folder
    let before = try Self.names(store)
    for (command, partial) in [
      ("export", "copy.partial"), ("backup", "planwright-backup-1.partial"),
    ] {
      var said: String?
      for _ in 0..<50 where said == nil {
        said = try await Self.interrupt(
          ["store", command, "\(folder)/copy", "--store", store.location], store
        ) { _ in FileManager.default.fileExists(atPath: "\(folder)/\(partial)") }
        if said == nil {
          let target = "sqlite:\(folder)/whole-\(UUID().uuidString).db"
          let move = command == "export" ? "import" : "restore"
          let words = ["store", move, "\(folder)/copy", "--store", target]
          #expect(await PlanctlCommand.run(words, PlanctlOutput().console) == 0)
          #expect(try await Self.plans(target, store) == Int64(Self.count))
          try FileManager.default.removeItem(atPath: "\(folder)/copy")
        }
      }
      let what = command == "export" ? "file" : "copy"
      #expect(said?.contains("interrupted; there is no \(what)") == true, "\(said ?? "")")
      #expect(try Self.names(store).filter { !$0.hasPrefix("whole-") } == before)
    }
  }

  @Test("leaves whole trees of an import, and the same import goes on")
  func importing() async throws {
    let store = try await Self.large()
    let archive = "\(store.fixture.folder)/archive"
    #expect(await store.text("store", "export", archive).status == 0)
    var said: String?
    for round in 0..<50 where said == nil {
      let path = "\(store.fixture.folder)/target-\(round).db"
      let location = "sqlite:\(path)"
      let words = ["store", "import", archive, "--store", location]
      said = try await Self.interrupt(words, store) { _ in
        FileManager.default.fileExists(atPath: path)
      }
      let environment = store.fixture.environment
      let verify = ["store", "verify", "--store", location]
      #expect(
        await PlanctlCommand.run(verify, PlanctlOutput().console, environment: environment) == 0)
      guard let said else { continue }
      #expect(said.contains("interrupted; the store '\(location)' was created; the same import"))
      let text = PlanctlOutput()
      #expect(
        await PlanctlCommand.run(words, text.console, environment: environment) == 0, "\(text.all)")
      #expect(try await Self.plans(location, store) == Int64(Self.count))
    }
    #expect(said != nil)
  }

  @Test(
    "leaves nothing of an import whose file is still being checked",
    .enabled("the open files of a process are found in /proc") {
      FileManager.default.fileExists(atPath: "/proc/self/fd")
    })
  func checking() async throws {
    let store = try await Self.large()
    let archive = URL(fileURLWithPath: "\(store.fixture.folder)/archive").resolvingSymlinksInPath()
      .path
    #expect(await store.text("store", "export", archive).status == 0)
    let before = try Self.names(store)
    let words = ["store", "import", archive, "--store", "sqlite:\(store.fixture.folder)/new.db"]
    let said = try await Self.interrupt(words, store) { process in
      let folder = "/proc/\(process)/fd"
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      return names.contains {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")) == archive
      }
    }
    #expect(said?.contains("interrupted; nothing was written") == true, "\(said ?? "")")
    #expect(try Self.names(store) == before)
  }

  @Test("leaves the store as it was when a restoration is interrupted")
  func restoring() async throws {
    let store = try await Self.large()
    let (folder, backup) = (store.fixture.folder, "\(store.fixture.folder)/backup")
    #expect(await store.text("store", "backup", backup).status == 0)
    _ = try await store.use()
    let before = try Self.names(store)
    var said: String?
    for _ in 0..<50 where said == nil {
      said = try await Self.interrupt(
        ["store", "restore", backup, "--replace", "--store", store.location], store
      ) { _ in FileManager.default.fileExists(atPath: "\(folder)/planwright-backup-1.partial") }
      guard said == nil else { break }
      #expect(try await Self.plans(store.location, store) == Int64(Self.count))
      _ = try await store.use()
    }
    #expect(said?.contains("interrupted; nothing was changed") == true, "\(said ?? "")")
    #expect(try await Self.plans(store.location, store) == Int64(Self.count + 1))
    #expect(try Self.names(store) == before)
  }

  @Test("says where standard input cannot be kept for an import")
  func spool() async throws {
    let store = try await StoreOfPlans()
    let environment = store.fixture.environment.merging(["TMPDIR": "/dev/null/none"]) { $1 }
    let ending = try await ToolProcess.tool(
      ["store", "import", "-", "--store", store.location], environment)
    #expect(ending.status == 1, "\(ending)")
    #expect(
      ending.errors.hasPrefix(
        "planctl: keeping standard input in a temporary file below '/dev/null/none"), "\(ending)")
    #expect(!ending.errors.contains("Error Domain"), "\(ending)")
  }

  @Test("creates no store of a file that is no archive, or of a damaged one, and says what it is")
  func damaged() async throws {
    let store = try await StoreOfPlans()
    for _ in 0..<20 { _ = try await store.use() }
    let archive = "\(store.fixture.folder)/archive"
    #expect(await store.text("store", "export", archive).status == 0)
    let whole = Array(try Data(contentsOf: URL(fileURLWithPath: archive)))
    var changed = whole
    changed[whole.count / 2] ^= 1
    for (bytes, sentence) in [
      ([], "it is not an archive of plans (the file is empty)"),
      (Array("no archive\n".utf8), "it is not an archive of plans"),
      (Array(whole.dropLast(whole.count / 2)), "the archive is damaged"),
      (
        Array(whole[..<(whole.lastIndex(of: 10).map { whole[..<$0].lastIndex(of: 10) ?? 0 } ?? 0)])
          + [10],
        "the archive is damaged (the archive ends before this line)"
      ),
      (changed, "the archive is damaged"),
    ] as [([UInt8], String)] {
      let path = "\(store.fixture.folder)/damaged"
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      let before = try Self.names(store)
      let count = try await Self.plans(store.location, store)
      for words in [
        ["--store", "sqlite:\(store.fixture.folder)/new.db"], [], ["--store", store.location],
      ] {
        let ending = try await ToolProcess.tool(
          ["store", "import", path] + words, store.fixture.environment)
        #expect(ending.status == 2 && ending.errors.contains(sentence), "\(ending)")
      }
      #expect(try Self.names(store) == before)
      #expect(try await Self.plans(store.location, store) == count)
      #expect(!FileManager.default.fileExists(atPath: store.fixture.dataDirectory))
    }
  }
}
