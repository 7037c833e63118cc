import Dispatch
import Foundation
import PlanDomain
import PlanLifecycle
import PlanStorage
import Planwright
import TestSupport

/// One machine: a process with a worker and a reader of the feed, until it gets SIGTERM.
struct Machine {
  private let name: String
  private let location: String
  private let shift: Int
  private let feed: LineFile
  private let handled: LineFile

  /// The words are the name, the location, the files of the feed and of what was handled, and the
  /// seconds that the clock is ahead.
  init(_ words: [String]) throws {
    guard words.count == 5, let shift = Int(words[4]) else { throw TestError("bad words \(words)") }
    (name, location, self.shift) = (words[0], words[1], shift)
    feed = try LineFile(words[2])
    handled = try LineFile(words[3])
  }

  func run() async throws {
    let environment = PlanEnvironment(
      time: ShiftedTime(by: .seconds(shift)),
      ids: ULIDGenerator(randomness: SystemRandomNumberGenerator()),
      jitter: { Double.random(in: 0..<1) })
    let system = try await open(environment)
    let work = try Work { [handled] plan in try handled.append("\(plan.id)") }
    let worker = try system.worker(
      named: name, actions: [work.batch, work.item],
      options: WorkerOptions(
        concurrency: 64, leaseFor: .seconds(4), grace: .seconds(2), cancelGrace: .seconds(1)))
    signal(SIGTERM, SIG_IGN)
    let terminations = DispatchSource.makeSignalSource(signal: SIGTERM, queue: .global())
    terminations.setEventHandler { worker.stop() }
    terminations.activate()
    do {
      try await worker.run { [feed] in try await Self.follow(system, feed) }
    } catch is CancellationError {}
    try system.close()
  }

  /// Opens the store as soon as the server can be reached.
  private func open(_ environment: PlanEnvironment) async throws -> PlanSystem {
    while true {
      do {
        return try PlanSystem.open(
          try StorageBackend(location: location), environment: environment)
      } catch let error as StorageError where [.unavailable, .busy].contains(error.code) {
        try await Task.sleep(for: .milliseconds(50))
      }
    }
  }

  /// Writes a line for each event: its cursor, its plan and its sequence.
  private static func follow(_ system: PlanSystem, _ file: LineFile) async throws {
    var cursor = try file.lines().last.map { try EventCursor(String($0.prefix { $0 != " " })) }
    while true {
      do {
        for try await change in system.plans.changes(after: cursor ?? .start) {
          try file.append("\(change.cursor) \(change.event.plan) \(change.event.sequence)")
          cursor = change.cursor
        }
        return
      } catch let error as StorageError where error.code != .closed {
        try await Task.sleep(for: .milliseconds(50))
      }
    }
  }
}
