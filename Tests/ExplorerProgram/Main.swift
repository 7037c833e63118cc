import Dispatch
import Explorer
import Foundation
import InMemoryStorage
import PlanStorage
import PlanStorageContract
import SQLiteStorage
import TestSupport

/// Every order in which commands can hit a small tree of plans, on the real code: `explore --help`.
@main
struct Main {
  private static let usage = """
    usage: explore [--quick] [--shape NAME]... [--list] [--limit N] [--mutants]
                   [--paths N [--seed N]]
           explore --workers [--scenario NAME]... [--deviations N] [--schedule LIST]

      --quick       only the shapes that are small
      --shape NAME  only this shape; may be repeated
      --limit N     gives up a shape after N states
      --list        names the shapes, with their bounds
      --mutants     breaks one rule after the other, and shows the shortest path to each
      --paths N     takes N random paths of the small shapes, in memory and in SQLite
      --seed N      repeats the paths of an earlier run
      --workers     runs workers in every order, up to a number of deviations from the usual one
      --scenario NAME  only this one of their scenarios; may be repeated
      --deviations N   another number of deviations than that of each scenario
      --schedule LIST  repeats one order, as a finding names it

    Ends with 0 when every state of every shape, or every order, was tried and nothing was found.
    """

  static func main() async {
    do { exit(try await run(Array(CommandLine.arguments.dropFirst()))) } catch {
      print("explore: \(error)")
      exit(2)
    }
  }

  private static func run(_ words: [String]) async throws -> Int32 {
    var (names, limit, isQuick, isList) = ([String](), Int.max, false, false)
    var (paths, seed) = (0, UInt64.random(in: 0..<1_000_000))
    if words.contains("--workers") { return try await WorkerSearches(words)?.run() ?? wrongUsage() }
    var rest = words[...]
    while let word = rest.popFirst() {
      switch word {
      case "--quick": isQuick = true
      case "--list": isList = true
      case "--mutants":
        let missed = try findMutants()
        return try await onDedicatedThread { try missed + findWorkerMutants() } == 0 ? 0 : 1
      case "--shape": if let name = rest.popFirst() { names.append(name) }
      case "--limit": limit = rest.popFirst().flatMap { Int($0) } ?? limit
      case "--paths": paths = rest.popFirst().flatMap { Int($0) } ?? 0
      case "--seed": seed = rest.popFirst().flatMap { UInt64($0) } ?? seed
      case "--help": return wrongUsage(0)
      default: return wrongUsage()
      }
    }
    var shapes = try Shape.all()
    if !names.isEmpty { shapes = try names.map { try Shape.named($0) } }
    if isQuick { shapes.removeAll { !$0.isQuick } }
    if isList {
      for shape in shapes { print("\(shape.name): \(shape.bounds)") }
      return 0
    }
    if paths > 0 { return try take(paths, seed, names) }
    return try await explore(shapes, limit: limit)
  }

  private static func wrongUsage(_ code: Int32 = 2) -> Int32 {
    print(usage)
    return code
  }

  private static func explore(_ shapes: [Shape], limit: Int) async throws -> Int32 {
    print(Row.heading)
    let start = ContinuousClock.now
    let explorations = try await withThrowingTaskGroup(of: Exploration.self) { group in
      var waiting = shapes[...]
      for shape in waiting.prefix(2) { group.addTask { try timed(shape, limit) } }
      waiting = waiting.dropFirst(2)
      var done: [Exploration] = []
      while let exploration = try await group.next() {
        done.append(exploration)
        if let shape = waiting.popFirst() { group.addTask { try timed(shape, limit) } }
      }
      return done
    }
    print("\(explorations.count) shapes in \(ContinuousClock.now - start)")
    return explorations.allSatisfy { $0.isComplete && $0.findings.isEmpty } ? 0 : 1
  }

  private static func take(_ count: Int, _ seed: UInt64, _ names: [String]) throws -> Int32 {
    let names = names.isEmpty ? RandomPaths.shapes : names
    print("repeat with --paths \(count) --seed \(seed)")
    var steps = 0
    for (index, name) in names.enumerated() {
      let memory = try StorageBackend.inMemory.open()
      let sqlite = try StorageBackend.sqliteInMemory.open()
      var paths = try RandomPaths(name, memory, sqlite, SeededGenerator(seed: seed))
      let share = count * (index + 1) / names.count - count * index / names.count
      for _ in 0..<share {
        guard let difference = try paths.path(length: 40) else { continue }
        print("\(name): \(difference)")
        return 1
      }
      steps += paths.steps
      print("\(name): \(share) paths end equal")
      fflush(nil)
      try memory.close()
      try sqlite.close()
    }
    print("\(count) paths of \(steps) steps in all")
    return 0
  }

  private static func findWorkerMutants() throws -> Int {
    var missed = 0
    for mutant in WorkerMutant.all {
      let finding = try mutant.finding()
      if finding == nil { missed += 1 }
      let order = finding.map { "\($0.deviations.count) deviations: \($0.problems[0])" }
      print("workers: \(mutant) | \(order ?? "NOT FOUND")")
    }
    print("\(WorkerMutant.all.count) mutants of workers, \(missed) not found")
    return missed
  }

  private static func findMutants() throws -> Int {
    var missed = 0
    for mutant in RuleMutant.all {
      let finding = try mutant.finding()
      if finding == nil { missed += 1 }
      let path = finding.map { "\($0.path.count) steps: \($0.problems[0])" } ?? "NOT FOUND"
      print("\(mutant) | \(path)")
      guard mutant.isHinderingProgress else { continue }
      let stuck = try mutant.finding(checksRules: false)
      if stuck == nil { missed += 1 }
      let stuckPath = stuck.map { "\($0.path.count) steps: \($0.problems[0])" } ?? "NOT FOUND"
      print("\(mutant), by progress alone | \(stuckPath)")
    }
    print("\(RuleMutant.all.count) mutants, \(missed) not found")
    return missed
  }

  private static func timed(_ shape: Shape, _ limit: Int) throws -> Exploration {
    var explorer = try Explorer(shape, limit: limit)
    let start = ContinuousClock.now
    let exploration = try explorer.run()
    print(Row.line(exploration, ContinuousClock.now - start))
    for finding in exploration.findings { print(finding) }
    // What is redirected is shown when it is known, too.
    fflush(nil)
    return exploration
  }
}

/// A row of the table of shapes.
private enum Row {
  static let heading = "shape | bounds | states before folding | after | steps | depth | time"

  static func line(_ exploration: Exploration, _ time: Duration) -> String {
    let seconds = time.formatted(.units(allowed: [.seconds], fractionalPart: .show(length: 1)))
    let end = exploration.isComplete ? "" : " | not explored to the end"
    return [
      exploration.shape.name, exploration.shape.bounds, "\(exploration.unfolded)",
      "\(exploration.states)", "\(exploration.steps)", "\(exploration.depth)", seconds,
    ].joined(separator: " | ") + end
  }
}
