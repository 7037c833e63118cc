import Foundation
import PlanDomain
import PlanStorage
import PlanStorageContract
import TestSupport
import TestTraits
import Testing

@Suite("A report of the contract", .dedicatedThread)
struct ReportTests {
  @Test("names the violated case, and repeats the violation from its seed")
  func broken() throws {
    let harness = Mutant.ignoresEpochs.harness
    let report = StorageContract.verify(harness, seed: 5, only: { $0.hasPrefix("plan.save") })
    #expect(!report.holds && report.violations.map(\.caseID) == ["plan.save.stale-epoch"])
    #expect(report.table.contains("plan.save.stale-epoch          FAILED"), "\(report.table)")
    #expect(report.table.contains("violates 1 obligations (seed 5"))
    let cases = report.json["cases"]?.arrayValue ?? []
    #expect(cases.count { $0["outcome"] == "passed" } == cases.count - 1)
    let failed = try #require(cases.first { $0["outcome"] == "failed" })
    #expect(failed["expected"] == "staleWrite" || failed["expected"] != nil)
    #expect(report.json["holds"] == false && report.json["adapter"] == "ignoresEpochs")
  }

  @Test("says what does not apply, and why")
  func skipped() {
    let report = StorageContract.verify(Adapters.memory, only: { $0.hasPrefix("crash") })
    #expect(report.holds && report.lines.count == 3 && report.skipped.count == 3)
    #expect(report.table.contains("skipped  the store is not durable"))
    #expect(report.table.contains("0 passed, 0 failed, 3 skipped"))
    #expect(report.json["skipped"] == 3)
    let summary = ContractProgram.summary(
      of: "x", rounds: 9, report.tally, skipped: report.skipped)
    #expect(summary.contains("\n  skipped: crash.program: the store is not durable"))
    #expect(report.json["cases"]?.arrayValue?.first?["reason"] != nil)
    let lasting = StorageHarness(
      name: "x", traits: Adapters.sqlite.traits, fresh: Adapters.sqlite.fresh)
    #expect(
      StorageContract.verify(lasting, only: { $0.hasPrefix("crash") }).table
        .contains("the harness has no program to kill"))
  }

  // What cannot be measured from outside must not look as if it had been.
  @Test("shows as skipped what a store does not offer")
  func notOffered() throws {
    let harness = StorageHarness(name: "plain", traits: ReferenceEngine().traits) {
      let engine = ReferenceEngine()
      return FreshStore(BackendFactory.make("plain") { engine })
    }
    let report = StorageContract.verify(harness, only: { $0 == "read.cost" })
    #expect(report.holds && report.skipped.map(\.id) == ["read.cost"], "\(report.table)")
    let contractCase = try #require(StorageContract.cases(harness).first { $0.id == "read.cost" })
    guard case .skipped = try contractCase.run() else {
      Issue.record("a case that could not run passed")
      return
    }
  }

  // Fails when a case is named after it ran, or when one is named that is skipped.
  @Test("names each case before it runs, and no other one")
  func names() {
    let named = Locked([String]())
    let atFresh = Locked([String]())
    let harness = StorageHarness(name: "in-memory", traits: Adapters.memory.traits) {
      atFresh.withLock { $0.append(named.withLock { $0.last ?? "nothing" }) }
      return try Adapters.memory.fresh()
    }
    let report = StorageContract.verify(
      harness, only: { $0.hasPrefix("action.") || $0.hasPrefix("crash.") },
      willRun: { item in named.withLock { $0.append(item.id) } })
    let ran = report.lines.map(\.id).filter { $0.hasPrefix("action.") }
    #expect(named.withLock { $0 } == ran && ran.count > 2)
    #expect(atFresh.withLock { Set($0) } == Set(ran))
  }

  // The same through the program: the last name on standard error is that of the case that died.
  @Test("of the program names last the case that ends the process")
  func crash() throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: TestProcess.path)
    process.arguments = ["crashing-contract"]
    let errors = Pipe()
    process.standardError = errors
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    let deadline = ProcessDeadline(process.processIdentifier)
    let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(!deadline.end())
    #expect(process.terminationReason == .uncaughtSignal)
    #expect(said.split(separator: "\n").last == "crashing: store.shared (seed 1)", "\(said)")
  }

  @Test("ends early when it is interrupted")
  func interrupted() {
    var asked = 0
    let report = StorageContract.verify(
      Adapters.memory,
      while: {
        asked += 1
        return asked <= 3
      })
    #expect(report.lines.count == 3)
  }

  @Test("has unique ids of lower-case words")
  func ids() {
    let ids = StorageContract.cases(Adapters.sqlite).map(\.id)
    #expect(Set(ids).count == ids.count && ids.count >= 79)
    #expect(ids.allSatisfy { $0.allSatisfy { "abcdefghijklmnopqrstuvwxyz-.".contains($0) } })
    let first = StorageContract.cases(Adapters.memory)[0]
    #expect("\(first)" == "in-memory: \(first.id)" && first.id.hasPrefix(first.topic))
  }
}

/// The in-memory store, with a decorator that does nothing around every unit of work.
private final class WrappedEngine: StorageEngine {
  struct Wrapped: UnitOfWorkDecorator { let inner: any UnitOfWork }
  private let inner: any StorageEngine
  init(_ inner: any StorageEngine) { self.inner = inner }
  var traits: StorageTraits { inner.traits }
  var notifier: CommitNotifier { inner.notifier }
  func read(_ body: @Sendable (any ReadSession) throws -> Void) throws {
    try inner.read(body)
  }
  func write(_ body: @Sendable (any UnitOfWork) throws -> Void) throws {
    try inner.write { try body(Wrapped(inner: $0)) }
  }
  func close() throws(StorageError) { try inner.close() }
}

@Suite("A store with a decorator", .dedicatedThread)
struct DecoratorTests {
  @Test("keeps the contract when its decorator forwards every call")
  func decorator() {
    let harness = StorageHarness(name: "wrapped", traits: Adapters.memory.traits) {
      let fresh = try Adapters.memory.fresh()
      return FreshStore(
        BackendFactory.make("wrapped") { WrappedEngine(try fresh.backend.open()) },
        remove: fresh.remove)
    }
    let report = StorageContract.verify(harness, seed: Adapters.seed)
    #expect(report.holds, "\(report.table)")
    // Every read of a unit of work, which the cases make in reads more often.
    #expect(outcome { try Self.readEverything(harness) }.isSuccess)
  }

  private static func readEverything(_ harness: StorageHarness) throws {
    let engine = try harness.fresh().backend.open()
    let (action, id) = (try Sample.action(), Sample.id(1))
    let plan = try Sample.plan(1, of: action, key: "k")
    try engine.write { work in
      try work.insert(action)
      try work.save(action, replacing: 1)
      try work.insert(plan)
      try work.append(Sample.event(id, 1))
      let actors = [plan.actor]
      let far = Sample.time(1 << 40)
      let found = [
        try work.plan(of: action.name, idempotencyKey: Key("k")) != nil,
        try work.counts(in: .all).total == 1, try work.children(of: id, round: 1).isEmpty,
        try work.startableChildren(of: id, round: 1, limit: 9).isEmpty,
        try work.dependents(on: Key("k"), parent: id, round: 1).isEmpty,
        try work.readyPlans(for: actors, at: far, limit: 9).count == 1,
        try work.nextReadyAt(for: actors) != nil, try work.nextLeaseExpiry() == nil,
        try work.expiredLeases(at: far, limit: 9).isEmpty,
        try work.finalRoots(endedBefore: far, limit: 9).isEmpty,
        try work.action(action.name) != nil,
        try work.actions(matching: ActionQuery()).rows.count == 1,
        try work.events(of: id, after: 0, limit: 9).count == 1,
        try work.events(after: .start, limit: 9).count == 1,
        try work.plans(matching: PlanQuery()).rows.count == 1,
      ]
      guard !found.contains(false) else { throw CancellationError() }
    }
    try engine.close()
  }
}
