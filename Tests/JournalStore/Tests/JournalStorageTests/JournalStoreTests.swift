import Foundation
import PlanStorage
import PlanStorageContract
import Planwright
import Testing

@testable import JournalStorage

@Suite("The journal store", .timeLimit(.minutes(30)))
struct JournalStoreTests {
  private static func path() -> String {
    FileManager.default.temporaryDirectory
      .appending(path: "planwright-\(UUID().uuidString).journal").path
  }

  @Test("runs a plan to its end, and has it when it is opened again")
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

  @Test("drops a part of a line at its end, and refuses a damaged line before it")
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
    var damaged = whole
    damaged[40] ^= 1
    try damaged.write(to: URL(fileURLWithPath: path))
    let error = #expect(throws: StorageError.self) { try fresh.open() }
    #expect(error?.code == .corrupt && error?.operation == "opening")
    #expect(error?.reason.hasPrefix("line 1 is damaged") == true)
  }

  @Test("reads a line as it was written, or refuses it")
  func fuzz() throws {
    let environment = ProcessInfo.processInfo.environment
    let inputs = environment["PLANWRIGHT_FUZZ_INPUTS"].flatMap { Int($0) } ?? 4_000
    let seed = environment["PLANWRIGHT_SEED"].flatMap { UInt64($0) } ?? .random(in: 0..<1_000_000)
    print("repeat with PLANWRIGHT_SEED=\(seed)")
    var random = SplitMix64(state: seed)
    let line = Array(JournalLine.text([.insertAction(try Self.action("local/a"))]).utf8)
    var refused = 0
    for _ in 0..<inputs {
      var bytes = line
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let position = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[position] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: position)
        default: bytes.insert(contentsOf: bytes[position...].prefix(9), at: position)
        }
      }
      guard let entries = try? JournalLine.entries(bytes) else {
        refused += 1
        continue
      }
      // Another spelling of the checksum, in capitals or with zeros, is all that may differ.
      #expect(JournalLine.text(entries).utf8.elementsEqual(line))
    }
    #expect(refused > inputs / 2)
    #expect(try JournalLine.entries(line).count == 1)
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

/// Random numbers that a seed repeats.
private struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }
}
