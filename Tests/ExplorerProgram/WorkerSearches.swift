import Explorer
import Foundation
import PlanStorage
import TestSupport

/// Runs scenarios of workers in every order, two scenarios at a time.
struct WorkerSearches {
  private var scenarios: [WorkerScenario] = []
  private var schedule: [Deviation]?

  /// Reads the arguments; nil when they are wrong.
  init?(_ words: [String]) throws {
    var deviations: Int?
    var rest = words[...]
    while let word = rest.popFirst() {
      switch word {
      case "--workers": break
      case "--scenario": if let name = rest.popFirst() { scenarios.append(try .named(name)) }
      case "--deviations":
        guard let number = rest.popFirst().flatMap({ Int($0) }) else { return nil }
        deviations = number
      case "--schedule":
        guard let list = rest.popFirst().flatMap({ Deviation.list($0) }) else { return nil }
        schedule = list
      default: return nil
      }
    }
    if scenarios.isEmpty { scenarios = WorkerScenario.all }
    if let deviations {
      for index in scenarios.indices { scenarios[index].deviations = deviations }
    }
  }

  /// Tries the orders; returns the exit code.
  func run() async throws -> Int32 {
    try makeOrderOfSetsRepeatable()
    if let schedule { return try await onDedicatedThread { try repeatOne(schedule) } }
    print("scenario | deviations | orders | moves | time")
    let start = ContinuousClock.now
    let waiting = Waiting(scenarios)
    let hasFound = try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<2 {
        group.addTask { try await onDedicatedThread { try search(waiting) } }
      }
      return try await group.reduce(false) { $0 || $1 }
    }
    print("\(scenarios.count) scenarios in \(ContinuousClock.now - start)")
    return hasFound ? 1 : 0
  }

  /// Starts the program again unless the order of sets and dictionaries is the same in every run.
  private func makeOrderOfSetsRepeatable() throws {
    let name = "SWIFT_DETERMINISTIC_HASHING"
    if ProcessInfo.processInfo.environment[name] != nil { return }
    guard let path = Bundle.main.executablePath else { return }
    setenv(name, "1", 1)
    var words = CommandLine.arguments.map { strdup($0) } + [nil]
    execv(path, &words)
    throw ExplorerError("cannot start \(path) again")
  }

  private func search(_ waiting: Waiting) throws -> Bool {
    var hasFound = false
    while let scenario = waiting.next() {
      let start = ContinuousClock.now
      var search = WorkerSearch(scenario)
      let result = try search.run()
      let time = (ContinuousClock.now - start).formatted(
        .units(allowed: [.seconds], fractionalPart: .show(length: 1)))
      let row = [
        scenario.name, "\(scenario.deviations)", "\(result.schedules)", "\(result.longest)", time,
      ]
      print(row.joined(separator: " | "))
      if let finding = result.finding {
        hasFound = true
        print(finding)
      }
      fflush(nil)
    }
    return hasFound
  }

  private func repeatOne(_ schedule: [Deviation]) throws -> Int32 {
    var found: Int32 = 0
    for scenario in scenarios {
      guard let finding = try WorkerFinding.repeating(scenario.name, schedule) else { continue }
      found = 1
      print(finding)
    }
    return found
  }
}

/// The scenarios that no thread has begun.
private final class Waiting: Sendable {
  private let scenarios: Locked<ArraySlice<WorkerScenario>>

  init(_ scenarios: [WorkerScenario]) { self.scenarios = Locked(scenarios[...]) }

  func next() -> WorkerScenario? { scenarios.withLock { $0.popFirst() } }
}
