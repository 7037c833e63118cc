import Foundation
import PlanDomain
import PlanStorage

/// Starts crash subjects, kills them, and compares the store with what they have acknowledged.
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

  /// When this process kills a crash subject.
  struct Kill {
    /// The number of units of work that the crash subject has acknowledged by then.
    let units: Int
    /// The time after that in microseconds, so that the kill occurs during a later unit of work.
    let pause: UInt32
  }

  /// Runs a crash subject until it kills itself at a point or is killed, then checks the store.
  func round(dyingAt point: Int = -1, killed kill: Kill? = nil) throws {
    let name =
      kill.map { "killed \($0.pause) µs after \($0.units) units of work" }
      ?? "killed at point \(point)"
    let output = try runCrashSubject(dyingAt: point, killed: kill)
    context.count { $0.kills += 1 }
    if let error = output.first(where: { $0.hasPrefix("error") }) {
      throw context.violation(step: "a crash subject \(name)", expected: "no error", got: error)
    }
    let acknowledged = output.compactMap { Int($0) }.last.map { $0 + 1 } ?? done
    while done < acknowledged { try next() }
    let engine = try context.open(store)
    defer { try? engine.close() }
    let stored = try engine.contentsDescription()
    let expected = try reference.contentsDescription()
    if !stored.utf8.elementsEqual(expected.utf8) {
      // One more unit of work may have been committed without an acknowledgement.
      try next()
      let more = try reference.contentsDescription()
      // Both states are valid; a violation reports the acknowledged one as expected.
      try context.expect(
        stored.utf8.elementsEqual(more.utf8),
        "a crash subject \(name), after \(acknowledged) or \(acknowledged + 1) units of work",
        expected: expected, got: stored)
    }
    let problems = try engine.read { try StoreCheck.problems(in: $0, .references) }
    try context.expect(problems.map(\.description), is: [], "a crash subject \(name)")
  }

  private func next() throws {
    try CrashWorkload().run(done, in: reference)
    done += 1
  }

  /// Runs a crash subject to its end and returns the complete lines of its output.
  private func runCrashSubject(dyingAt point: Int, killed end: Kill?) throws -> [String] {
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
          step: "waiting for the program to end", expected: "an end of its process within an hour",
          got: "none; it was killed")
      }
      // The kill may have cut the last line.
      return String(decoding: data, as: UTF8.self).split(
        separator: "\n", omittingEmptySubsequences: false
      ).dropLast().map(String.init)
    #else
      throw context.violation(
        step: "starting a crash subject", expected: "a system that can start processes",
        got: "a system that cannot")
    #endif
  }
}

extension Cases {
  static let crashes: [CaseDefinition] = [
    CaseDefinition(
      "crash.program", "The harness of a durable store has a program that can be killed",
      layer: .crash, need: .durability
    ) { context in
      try context.expect(
        context.harness.crashSubject != nil, "reading the harness of a durable store",
        expected: """
          a `crashSubject`: only a crash shows whether acknowledged units of work survive the end \
          of the process
          """, got: "no `crashSubject`, so that the other crash cases cannot run")
    },
    CaseDefinition(
      "crash.commit-boundaries",
      "Acknowledged units of work survive a kill before or after any call of a unit of work",
      layer: .crash, need: .crashSubject
    ) { context in
      guard let program = context.harness.crashSubject else { return }
      let rounds = try CrashRounds(context, program)
      // Every crash subject counts from 0: these are the points of its first units of work.
      for point in 0..<context.effort.scaled(3 * CrashWorkload.pointsPerUnit) {
        try rounds.round(dyingAt: point)
      }
    },
    CaseDefinition(
      "crash.random-times", "Acknowledged units of work survive a kill at a random time",
      layer: .crash, need: .crashSubject
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
