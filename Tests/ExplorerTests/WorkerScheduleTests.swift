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

  @Test("is run again in the same order by the list of its deviations")
  func repetition() async throws {
    let list = try #require(Deviation.list("3:1,9:1"))
    #expect(list.map(\.description) == ["3:1", "9:1"] && Deviation.list("3:") == nil)
    let finding = try await onDedicatedThread { try WorkerFinding.repeating("a stop", list) }
    #expect(finding == nil)
  }
}
