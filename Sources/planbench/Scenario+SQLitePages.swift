import Foundation
import PlanDomain
import PlanLifecycle
import PlanStorage
import SQLiteStorage

extension Scenario {
  /// The scenarios that count the pages that a commit writes, which do not depend on the machine.
  static let sqlitePages = [
    Scenario(name: "sqlite.pages.use") { name, scale in
      let file = try FileBenchmarkStore(plans: min(scale.plans, 100_000), .normal)
      let text = String(repeating: "x", count: 99)
      let pages = try file.pages(of: scale.commits) { _ in
        _ = try file.benchmark.store.writeBlocking {
          try $0.use("bench/sample", arguments: ["text": .string(text)])
        }
      }
      return Measurement(scenario: name, unit: "pages", ratio: pages, goal: .atMost(7))
    },
    Scenario(name: "sqlite.pages.claim") { name, scale in
      Measurement(
        scenario: name, unit: "pages", ratio: try transitions(scale).claim, goal: .atMost(5))
    },
    Scenario(name: "sqlite.pages.complete") { name, scale in
      Measurement(
        scenario: name, unit: "pages", ratio: try transitions(scale).complete, goal: .atMost(7))
    },
  ]

  /// The pages of a claim, and of the completion of a phase with a result of 60 bytes.
  private static func transitions(_ scale: Scale) throws -> (claim: Double, complete: Double) {
    let file = try FileBenchmarkStore(plans: min(scale.plans, 100_000), .normal)
    let plans = file.benchmark.store
    let owner = LeaseOwner("bench")
    let result: JSONValue = ["summary": .string(String(repeating: "r", count: 46))]
    var tokens: [LeaseToken] = []
    let claim = try file.pages(of: scale.commits) { _ in
      let claimed = try plans.writeBlocking { [actor = file.benchmark.actor] in
        try $0.claim(owner: owner, actors: [actor], limit: 1, leaseFor: .seconds(3_600))
      }
      tokens += claimed.compactMap(\.leaseToken)
    }
    guard tokens.count == scale.commits else { throw PlanError.noChildren }
    let complete = try file.pages(of: scale.commits) { [tokens] number in
      try plans.writeBlocking { _ = try $0.complete(tokens[number], result: result) }
    }
    return (claim, complete)
  }
}

extension Scale {
  /// The commits whose pages are counted.
  fileprivate var commits: Int { min(plans / 10, 2_000) }
}

extension FileBenchmarkStore {
  /// The pages that a commit adds to the write-ahead log, on average.
  fileprivate func pages(of commits: Int, _ commit: (Int) throws -> Void) throws -> Double {
    // Few enough that the store does not copy the log meanwhile, after which it starts again.
    let part = 100
    let maintenance = try registry.open(path, options)
    defer { try? maintenance.close() }
    var frames = 0
    for start in stride(from: 0, to: commits, by: part) {
      guard try maintenance.checkpoint().isComplete else { throw PlanError.noChildren }
      for number in start..<min(start + part, commits) { try commit(number) }
      // Asks for the size only: to open the file and close it again would end SQLite's locks.
      let size = try FileManager.default.attributesOfItem(atPath: path + "-wal")[.size] as? Int
      frames += ((size ?? 0) - 32) / (4_096 + 24)
    }
    return Double(frames) / Double(commits)
  }
}
