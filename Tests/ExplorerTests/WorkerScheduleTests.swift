import Explorer
import TestSupport
import Testing

@Suite("A worker whose tasks, units of work and alarms run in any order", .timeLimit(.minutes(30)))
struct WorkerScheduleTests {
  /// A few where everything is slow: all runs on one thread, and no race can be found in it.
  static let some = Rounds.isShort ? Array(WorkerScenario.all.prefix(2)) : WorkerScenario.all

  @Test(
    "reports each attempt once, claims what is due, and frees every slot", arguments: some)
  func scenarios(_ scenario: WorkerScenario) async throws {
    let result = try await onDedicatedThread {
      var scenario = scenario
      scenario.deviations = 1
      var search = WorkerSearch(scenario)
      return try search.run()
    }
    if let finding = result.finding { Issue.record("\(finding)") }
    #expect(result.schedules > 10 && result.longest > 10)
  }

  @Test("is seen to break them when something is broken", arguments: WorkerMutant.all)
  func mutants(_ mutant: WorkerMutant) async throws {
    let finding = try await onDedicatedThread { try mutant.finding() }
    let found = try #require(finding, "\(mutant) was not found")
    print("\(mutant): \(found.problems[0]) (deviations \(found.deviations))")
  }

  // Its task is slow to begin: by then the plan was cancelled, the cancel grace is over, and the only
  // slot has been given to another plan.
  @Test("does not start a handler whose lease was lost before")
  func lateHandler() async throws {
    let list = try #require(Deviation.list("3:1,4:1,5:1"))
    let finding = try await onDedicatedThread {
      try WorkerFinding.repeating("a cancellation, a deaf handler", list)
    }
    if let finding { Issue.record("\(finding)") }
  }

  @Test("is run again in the order that a list of deviations says, which is read as it is written")
  func repetition() async throws {
    let mutant = try #require(WorkerMutant.all.first { $0.scenario == "an attempt fails" })
    let finding = try #require(try await onDedicatedThread { try mutant.finding() })
    let text = finding.deviations.map(\.description).joined(separator: ",")
    #expect(Deviation.list(text) == finding.deviations && Deviation.list("3:") == nil)
    let again = try await onDedicatedThread {
      try WorkerFinding.repeating(mutant.scenario, finding.deviations, mutant: mutant)
    }
    #expect(again?.steps == finding.steps && again?.problems == finding.problems)
  }
}
