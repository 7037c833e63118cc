import Foundation
import JournalStorage
import PlanStorage
import PlanStorageContract
import Planwright
import Testing

@Suite("A store from outside")
struct JournalStoreTests {
  private static func path() -> String {
    FileManager.default.temporaryDirectory
      .appending(path: "planwright-\(UUID().uuidString).journal").path
  }

  private static let harness = StorageHarness(
    name: "journal",
    traits: StorageTraits(latency: .blocking, isDurable: true, isSharedBetweenProcesses: false),
    crashSubject: CrashSubjectProgram(
      executable: program, arguments: [ContractProgram.crashSubjectCommand])
  ) {
    let path = JournalStoreTests.path()
    return FreshStore(.journal(at: path)) { try? FileManager.default.removeItem(atPath: path) }
  }

  /// The program that is killed; it is built beside the tests.
  private static var program: String {
    let tools = Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }
    let folder =
      tools?.deletingLastPathComponent()
      ?? URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    return folder.appending(path: "journal-contract").path
  }

  // One after the other: they block, and would take all threads from the test that does not.
  @Test("keeps the contract", .serialized, arguments: StorageContract.cases(harness))
  func contract(_ promise: ContractCase) throws {
    if case .skipped(let reason) = try promise.run() { print("skipped: \(promise): \(reason)") }
  }

  @Test("is opened by one word, and a plan runs on it to its end and is still there")
  func system() async throws {
    let path = Self.path()
    defer { try? FileManager.default.removeItem(atPath: path) }
    var system = try PlanSystem.open(.journal(at: path))
    let actor = ActorName("me")
    let plan = try await system.plans.write { work in
      try work.createAction(
        try ActionDefinition(
          name: ActionName("local/greet"), description: "Greet {who}.",
          definitionOfDone: "{who} smiled.",
          actors: Actors(strategy: actor, execution: actor),
          arguments: try ArgumentList([ArgumentDefinition(name: "who", type: .string)]),
          automation: .auto))
      return try work.use("local/greet", arguments: ["who": "world"]).id
    }
    let worker = system.worker(named: "here", handlers: [actor: { _, _ in .complete("done") }])
    let running = Task { try await worker.run() }
    for try await change in system.plans.changes(after: .start)
    where change.event.to == .applyApplied { break }
    worker.stop()
    try await running.value
    try system.close()
    system = try PlanSystem.open(.journal(at: path))
    let stored = try await system.plans.read { try $0.plan(plan) }
    #expect(stored.status == .applyApplied)
    #expect(stored.definition.description == "Greet world.")
    try system.close()
  }

  @Test("forgets half a line at its end, and refuses one in the middle")
  func damage() throws {
    let path = Self.path()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let fresh = FreshStore(.journal(at: path))
    let store = try fresh.open()
    try store.write { work in try work.insert(try Self.action("local/a")) }
    try store.write { work in try work.insert(try Self.action("local/b")) }
    try store.close()
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    for cut in [1, 10, 200] {
      try whole.dropLast(cut).write(to: URL(fileURLWithPath: path))
      let store = try fresh.open()
      let count = try store.read { try $0.actions(matching: ActionQuery()).rows.count }
      #expect(count == 1)
      try store.write { work in try work.insert(try Self.action("local/c")) }
      try store.close()
      let again = try fresh.open()
      #expect(try again.read { try $0.actions(matching: ActionQuery()).rows.count } == 2)
      try again.close()
    }
    var bent = whole
    bent[40] ^= 1
    try bent.write(to: URL(fileURLWithPath: path))
    #expect {
      try fresh.open()
    } throws: {
      ($0 as? StorageError)?.code == .corrupt
    }
  }

  @Test("reads any line, or says that it is damaged")
  func fuzz() throws {
    let inputs =
      ProcessInfo.processInfo.environment["PLANWRIGHT_FUZZ_INPUTS"].flatMap { Int($0) } ?? 4_000
    let line = Array(Line.text([.insertAction(try Self.action("local/a"))]).utf8)
    for _ in 0..<inputs {
      var bytes = line
      for _ in 0..<Int.random(in: 1...3) {
        let position = Int.random(in: 0..<bytes.count)
        switch Int.random(in: 0..<3) {
        case 0: bytes[position] = UInt8.random(in: 0...255)
        case 1: bytes.remove(at: position)
        default: bytes.insert(contentsOf: bytes[position...].prefix(9), at: position)
        }
      }
      // Whatever is accepted is what was written: digits of the checksum may be capitals.
      guard let entries = try? Line.entries(bytes) else { continue }
      #expect(Line.text(entries).utf8.elementsEqual(line))
    }
    #expect(try Line.entries(line).count == 1)
  }

  private static func action(_ name: String) throws -> Action {
    let actor = ActorName("me")
    return Action(
      creating: try ActionDefinition(
        name: ActionName(name), description: "", definitionOfDone: "done",
        actors: Actors(strategy: actor, execution: actor), arguments: .none),
      at: Timestamp(microseconds: 0))
  }
}
