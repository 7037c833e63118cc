import Foundation
import PlanDomain
import PlanStorage

/// Starts victims, kills them, and compares what they left with what they had acknowledged.
final class CrashRounds {
  private let context: CaseContext
  private let program: CrashSubjectProgram
  private let store: FreshStore
  private let reference = ReferenceEngine()
  private var done = 0

  init(_ context: CaseContext, _ program: CrashSubjectProgram) throws {
    self.context = context
    self.program = program
    store = try context.fresh()
  }

  /// When a victim is killed from outside.
  struct Kill {
    /// How many units of work it has acknowledged by then.
    let units: Int
    /// How many microseconds after that, so that it is inside of one of the next.
    let pause: UInt32
  }

  /// Lets a victim die at a point of its own choosing, or kills it.
  func round(dyingAt point: Int = -1, killed kill: Kill? = nil) throws {
    let name =
      kill.map { "killed \($0.pause) µs after \($0.units) units" } ?? "dead at point \(point)"
    let said = try crashSubject(dyingAt: point, killed: kill)
    context.count { $0.kills += 1 }
    if let error = said.first(where: { $0.hasPrefix("error") }) {
      throw context.violation(step: "a victim \(name)", expected: "no error", got: error)
    }
    let acknowledged = said.compactMap { Int($0) }.last.map { $0 + 1 } ?? done
    while done < acknowledged { try next() }
    let engine = try context.open(store)
    defer { try? engine.close() }
    let stored = try engine.everything()
    let expected = try reference.everything()
    if !stored.utf8.elementsEqual(expected.utf8) {
      // The last one may have been committed without having been acknowledged.
      try next()
      let more = try reference.everything()
      // Of the two states that would do, the one that is told is that which was acknowledged.
      try context.expect(
        stored.utf8.elementsEqual(more.utf8),
        "a victim \(name), after \(acknowledged) acknowledged units of work, and perhaps one more",
        expected: expected, got: stored)
    }
    let problems = try engine.read { try StoreCheck.problems(in: $0, .references) }
    try context.expect(problems.map(\.description), is: [], "a victim \(name)")
  }

  private func next() throws {
    try CrashWorkload().run(done, in: reference)
    done += 1
  }

  /// What a victim said until it died.
  private func crashSubject(dyingAt point: Int, killed end: Kill?) throws -> [String] {
    #if os(macOS) || os(Linux)
      let process = Process()
      process.executableURL = URL(fileURLWithPath: program.executable)
      process.arguments = program.arguments + [store.backend.description, "\(done)", "\(point)"]
      process.environment = ProcessInfo.processInfo.environment.merging(
        ["LLVM_PROFILE_FILE": "/dev/null"]
      ) { $1 }
      let output = Pipe()
      process.standardOutput = output
      try process.run()
      let deadline = ProcessDeadline(process.processIdentifier)
      let reading = output.fileHandleForReading
      var data = Data()
      if let end {
        let newline = UInt8(ascii: "\n")
        while data.count(where: { $0 == newline }) < end.units {
          let more = reading.availableData
          if more.isEmpty { break }
          data += more
        }
        usleep(end.pause)
        kill(process.processIdentifier, SIGKILL)
      }
      data += reading.readDataToEndOfFile()
      process.waitUntilExit()
      if deadline.end() {
        throw context.violation(
          step: "waiting for a victim", expected: "an end of its process within an hour",
          got: "none; it was killed")
      }
      // A line that was cut off does not count.
      return String(decoding: data, as: UTF8.self).split(
        separator: "\n", omittingEmptySubsequences: false
      ).dropLast().map(String.init)
    #else
      throw context.violation(
        step: "starting a victim", expected: "a system with processes", got: "none")
    #endif
  }
}

extension Cases {
  static let crashes: [ContractPromise] = [
    ContractPromise(
      "crash.program", "What a store calls durable can be looked for after a crash",
      layer: .crash, need: .durability
    ) { context in
      try context.expect(
        context.harness.crashSubject != nil, "looking for a program that can be killed",
        expected: """
          a `victim` in the harness of a store whose traits say `isDurable`: nothing else shows \
          whether what was acknowledged survives
          """, got: "none, so that no other case looks for it")
    },
    ContractPromise(
      "crash.commit-boundaries",
      "`write` returns only when the unit of work is as durable as `traits` say", layer: .crash,
      need: .crashSubject
    ) { context in
      guard let program = context.harness.crashSubject else { return }
      let rounds = try CrashRounds(context, program)
      // Every point of the first units of work, then some of those that come after.
      for point in 0..<context.effort.scaled(3 * CrashWorkload.pointsPerUnit) {
        try rounds.round(dyingAt: point)
      }
    },
    ContractPromise(
      "crash.random-times",
      "`write` returns only when the unit of work is as durable as `traits` say", layer: .crash,
      need: .crashSubject
    ) { context in
      guard let program = context.harness.crashSubject else { return }
      let rounds = try CrashRounds(context, program)
      var arbitrary = context.arbitrary()
      for _ in 0..<context.effort.scaled(8) {
        let kill = CrashRounds.Kill(
          units: .random(in: 0...30, using: &arbitrary.random),
          pause: .random(in: 0...2_000, using: &arbitrary.random))
        try rounds.round(killed: kill)
      }
    },
  ]
}
