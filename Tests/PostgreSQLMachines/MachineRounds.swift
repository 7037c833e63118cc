import Foundation
import PlanDomain
import PlanLifecycle
import PlanStorageContract
import Planwright
import PostgreSQLTestServer
import TestSupport

/// Lets machines work at plans until all are done, while links, machines and servers fail.
struct MachineRounds {
  private static let machines = 3
  private static let itemsOfBatch = 4

  private let batches: Int
  private let restarts: Int
  private let promotes: Bool
  private let shifts: [Int]
  private let seed: UInt64

  init(_ words: [String]) throws {
    func value(_ option: String) -> Int? {
      words.firstIndex(of: option).flatMap { $0 + 1 < words.count ? Int(words[$0 + 1]) : nil }
    }
    let known = ["--plans", "--restarts", "--seed", "--promote", "--clocks"]
    for word in words where Int(word) == nil && !known.contains(word) {
      throw TestError("'\(word)' is none of \(known.joined(separator: ", "))")
    }
    batches = max((value("--plans") ?? 2_000) / (Self.itemsOfBatch + 1), 1)
    restarts = value("--restarts") ?? 3
    promotes = words.contains("--promote")
    shifts = words.contains("--clocks") ? [0, 3_600, -3_600] : [0, 0, 0]
    seed = UInt64(clamping: value("--seed") ?? Int.random(in: 0..<1_000_000))
  }

  func run() async throws {
    print("repeat with --seed \(seed)")
    var options = PostgreSQLTestServer.Options()
    options.syncsToDisk = true
    let primary = try PostgreSQLTestServer(options)
    defer { primary.close() }
    let standby = promotes ? try primary.makeSynchronousStandby(options) : nil
    defer { standby?.close() }
    let servers = [primary, standby].compactMap { $0 }
    let location = PostgreSQLTestServer.location(
      of: servers, schema: "machines", options: "&target_session_attrs=read-write")
    let system = try PlanSystem.open(.postgreSQL(location))
    try await plan(on: system)

    let folder = try ScratchDirectory()
    var machines: [MachineProcess] = []
    for number in 0..<Self.machines {
      machines.append(
        try MachineProcess(number, folder, TestLink(to: primary), shift: shifts[number]))
    }
    var faults = MachineFaults(machines, primary, standby, restarts: restarts, seed: seed)
    let start = ContinuousClock.now
    var (done, total) = (0, batches * (Self.itemsOfBatch + 1))
    while done < total {
      try faults.next(progress: Double(done) / Double(total))
      if let counts = try? await system.plans.read({ try $0.counts(in: .all) }) {
        done = counts[.applyApplied]
        total = max(counts.total, batches * (Self.itemsOfBatch + 1))
        let failed = counts.filter { $0.status.isSettled && $0.status != .applyApplied }
        guard failed.isEmpty else { throw TestError("\(failed) have not succeeded") }
      }
      guard ContinuousClock.now - start < .seconds(3_600) else {
        throw TestError("only \(done) of \(total) plans are done after an hour")
      }
    }
    faults.end()
    let duration = ContinuousClock.now - start
    let history = try await MachineHistory(of: system)
    try history.check(batches: batches, items: Self.itemsOfBatch)
    try await history.checkResults(of: system)
    for machine in machines { try machine.finish(history) }
    try history.checkHandlers(machines, most: shifts == [0, 0, 0] ? nil : 2)
    try system.close()
    print(
      """
      \(total) plans, \(history.events.count) events, \(faults.summary), \
      \(duration.components.seconds) s: each plan done, each event once and in order
      """)
  }

  private func plan(on system: PlanSystem) async throws {
    let work = try Work()
    try await system.register([work.batch, work.item])
    for first in stride(from: 0, to: batches, by: 50) {
      try await system.plans.write { [batches] transaction in
        for number in first..<min(first + 50, batches) {
          try transaction.use(
            work.batch, arguments: Work.Batch(number: number, items: Self.itemsOfBatch))
        }
      }
    }
  }
}
