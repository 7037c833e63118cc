import Foundation
import PlanDomain
import PlanLifecycle
import PlanStorage
import Planwright
import SQLiteStorage

/// The cost of one operation in stores of many sizes.
struct Growth {
  /// The name that the plot shows, as in "SQLite: page of 50".
  let name: String
  /// Plans, and microseconds for each operation.
  var points: [(plans: Int, cost: Double)] = []

  /// Measures every operation in both stores, at each power of ten from a thousand plans.
  static func measure(_ scale: Scale, progress: (String) -> Void) throws -> [Growth] {
    var sizes: [Int] = []
    var size = scale.plans >= 1_000_000 ? 1_000 : 100
    while size <= scale.plans {
      sizes.append(size)
      size *= 10
    }
    var curves: [String: Growth] = [:]
    for size in sizes {
      let file = try FileBenchmarkStore(plans: size, .normal)
      for (store, benchmark) in [
        ("memory", try BenchmarkStore(plans: size)), ("SQLite", file.benchmark),
      ] {
        for (operation, cost) in try costs(benchmark, scale) {
          let name = "\(store): \(operation)"
          progress("\(size) plans, \(name): \((cost * 100).rounded() / 100) µs")
          curves[name, default: Growth(name: name)].points.append((size, cost))
        }
      }
    }
    return curves.values.sorted { $0.name < $1.name }
  }

  /// Microseconds for each operation, the median of single calls.
  private static func costs(_ benchmark: BenchmarkStore, _ scale: Scale) throws -> [(
    String, Double
  )] {
    let owner = LeaseOwner("bench")
    func median(_ body: () throws -> Void) throws -> Double {
      let all = try samples(scale) { _ in try body() }
      return all.isEmpty ? 0 : all[all.count / 2].inSeconds * 1e6
    }
    return [
      (
        "read by id",
        try median {
          _ = try benchmark.store.readBlocking { [benchmark] in
            try $0.plan(benchmark.ids.randomElement() ?? benchmark.ids[0])
          }
        }
      ),
      ("claim and release", try median { try benchmark.claimAndRelease(owner) }),
      (
        "newest 50",
        try median {
          _ = try benchmark.store.readBlocking {
            try $0.plans(matching: PlanQuery(PlanFilter(state: .queued)))
          }
        }
      ),
      (
        "50 from anywhere",
        try median {
          let after = benchmark.ids.randomElement().map { PlanCursor(after: $0) }
          let query = PlanQuery(PlanFilter(state: .queued), after: after)
          _ = try benchmark.store.readBlocking { try $0.plans(matching: query) }
        }
      ),
      ("use", try median { _ = try benchmark.add(plans: 1) }),
    ]
  }
}
