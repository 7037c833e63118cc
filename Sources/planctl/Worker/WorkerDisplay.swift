import Planwright
import struct PlanStorage.Locked

/// Prints the events of a worker.
///
/// Lines for people go to standard error; with `--json`, lines of JSON go to standard output. Safe to
/// use from any thread.
final class WorkerDisplay: Sendable {
  private struct State: Sendable {
    /// The names of the plans whose programs run, by lease.
    var running: [LeaseToken: String] = [:]
    var attempts = 0
    var failures = 0
    var outputError: (any Error)?
  }
  private let programs: WorkerPrograms
  private let folders: WorkFolders
  private let context: CommandContext
  private let state = Locked(State())

  init(_ programs: WorkerPrograms, _ folders: WorkFolders, _ context: CommandContext) {
    self.programs = programs
    self.folders = folders
    self.context = context
  }

  /// The names of the plans whose programs run.
  var running: [String] { state.withLock { $0.running.values.sorted() } }
  /// Why a line could not be written to standard output; nil when all were.
  var outputError: (any Error)? { state.withLock { $0.outputError } }

  /// How many attempts were made and failed, for programs.
  var totals: JSONValue {
    let (attempts, failures) = state.withLock { ($0.attempts, $0.failures) }
    return ["attempts": .integer(Int64(attempts)), "failures": .integer(Int64(failures))]
  }

  /// How many attempts were made and failed, for people.
  var summary: String {
    let (attempts, failures) = state.withLock { ($0.attempts, $0.failures) }
    return "\(attempts) attempt\(attempts == 1 ? "" : "s"), \(failures) failed"
  }

  /// The answer to an interrupt: what is waited for.
  var answerToInterrupt: String {
    let names = running
    guard !names.isEmpty else { return "\ninterrupted: no program is running\n" }
    let some = names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", …" : "")
    return """

      interrupted: waiting for the programs of \(some.escaped) to end, at most 20 seconds; \
      Ctrl-C again ends planctl at once, and them within 5 seconds

      """
  }

  /// Says which actors are served.
  func ready() {
    let names = programs.actors.sorted().map(\.description)
    print(
      "serving \(names.joined(separator: ", "))",
      ["event": "serving", "actors": .array(names.map { .string($0) })])
  }

  /// Prints an event of the worker.
  func report(_ report: WorkerReport) {
    switch report {
    case .started(let assignment): started(assignment)
    case .reported(let plan): reported(plan)
    case .released(let token): ended(token, "released", "given back")
    case .leaseLost(let token):
      ended(token, "leaseLost", "taken away: it was evicted or cancelled, or its lease expired")
    case .abandoned(let token):
      ended(token, "abandoned", "left behind: its program did not end in time")
    case .trouble(let error, let during):
      problem("error while \(during): \(ErrorReport.text(ofRepeated: error))")
    case .setAside(let plan, let error, let until):
      problem("plan \(plan) is set aside until \(until): \(ErrorReport.text(of: error))")
    case .unserved(let actor, _): problem(programs.advice(on: actor))
    case .purged(let plans):
      print(
        "\(plans.plans) that ended long ago removed",
        ["event": "purged", "plans": .integer(Int64(plans))])
    case .progress, .unservedAction, .unreachable: break
    }
  }

  private func ended(_ token: LeaseToken, _ event: String, _ sentence: String) {
    state.withLock { $0.running[token] = nil }
    print(
      "\(token.plan): \(sentence)",
      ["event": .string(event), "plan": .string(token.plan.description)])
  }

  private func started(_ assignment: Assignment) {
    let plan = assignment.plan
    state.withLock { state in
      state.running[assignment.token] = "'\(plan.displayName)'"
      state.attempts += 1
    }
    let attempt = assignment.attempt > 1 ? " (attempt \(assignment.attempt))" : ""
    print(
      "\(plan.id) \(plan.displayName): \(assignment.phase.rawValue) started\(attempt)",
      [
        "event": "started", "plan": .string(plan.id.description),
        "root": .string(plan.definition.root.description), "name": .string(plan.displayName),
        "phase": .string(assignment.phase.rawValue),
        "attempt": .integer(Int64(assignment.attempt)), "actor": .string(plan.actor.description),
      ])
  }

  private func reported(_ plan: Plan) {
    let failure = plan.status.state == .cancelled ? nil : plan.progress.failure
    state.withLock { state in
      state.running = state.running.filter { $0.key.plan != plan.id }
      if failure != nil { state.failures += 1 }
    }
    let why = failure.map { ": \($0.message)" } ?? ""
    print(
      "\(plan.id) \(plan.displayName): now at \(plan.status)\(why)",
      ["event": "reported", "plan": plan.summary])
    let root = plan.definition.root
    if plan.id == root, plan.isFinal, !folders.isResultPending(root: root.description) {
      folders.finish(root: root.description)
    }
  }

  private func problem(_ text: String) {
    print(text, ["event": "problem", "message": .string(text)])
  }

  private func print(_ text: String, _ document: JSONValue) {
    guard context.isJSON else { return context.console.error(text.escapedLines + "\n") }
    do { try context.console.output(document.printed + "\n") } catch {
      state.withLock { $0.outputError = $0.outputError ?? error }
    }
  }
}
