import Planwright
import struct PlanStorage.Locked

/// Shows the progress of a run: a status line that is updated on a terminal, plain lines elsewhere.
///
/// Safe to use from any thread.
final class RunDisplay: Sendable {
  private struct State: Sendable {
    var lastLine = ""
    /// The phase of the root's latest assignment.
    var phase = PlanPhase.strategize
    /// The names of the plans whose programs run, by lease.
    var running: [LeaseToken: String] = [:]
    /// When the counts of children were last printed as a plain line.
    var countsPrintedAt = ContinuousClock.now - .seconds(60)
  }
  private let root: Plan.ID
  private let isTerminal: Bool
  private let statusLine: ProgressLine
  private let start = ContinuousClock.now
  private let write: @Sendable (String) -> Void
  private let state = Locked(State())

  init(root: Plan.ID, _ context: CommandContext) {
    self.root = root
    isTerminal = !context.isJSON && Terminal.canOverwrite(context.environment)
    statusLine = ProgressLine(context)
    write = context.console.error
  }

  /// The names of the plans whose programs run.
  var running: [String] { state.withLock { $0.running.values.sorted() } }

  /// Prints what the worker did with the root, and the failures of all plans.
  func report(_ report: WorkerReport) {
    switch report {
    case .started(let assignment): started(assignment)
    case .reported(let plan): reported(plan)
    case .released(let token), .leaseLost(let token), .abandoned(let token):
      state.withLock { $0.running[token] = nil }
    case .trouble(let error, let during):
      line("error while \(during): \(ErrorReport.text(ofRepeated: error))")
    case .setAside(let plan, let error, let until):
      line("plan \(plan) is set aside until \(until): \(ErrorReport.text(of: error))")
    case .progress, .purged, .unserved, .unservedAction, .unreachable: break
    }
  }

  private func started(_ assignment: Assignment) {
    let isRoot = assignment.plan.id == root
    state.withLock { state in
      state.running[assignment.token] = "'\(assignment.plan.displayName)'"
      if isRoot { state.phase = assignment.phase }
    }
    guard isRoot else { return }
    let attempt = assignment.attempt > 1 ? " (attempt \(assignment.attempt))" : ""
    line("\(assignment.phase.rawValue): started\(attempt)")
  }

  private func reported(_ plan: Plan) {
    state.withLock { state in state.running = state.running.filter { $0.key.plan != plan.id } }
    if plan.id == root { printPhaseEnd(plan) }
    // The last failure of the root is told at the end.
    let isTold = plan.id == root && plan.status.state != .queued
    if let failure = plan.progress.failure, plan.status.state != .cancelled, !isTold {
      let name = plan.definition.position?.key.description ?? plan.status.phase.rawValue
      let next = plan.status.state == .queued ? "; another attempt follows" : ""
      line("\(name): \(failure.message)\(next)")
    }
    if plan.id != root, plan.status.state == .complete, !plan.isFinal {
      line("\(plan.displayName): waits for approval: planctl advance \(plan.id)")
    }
  }

  /// Prints how the phase of the latest assignment ended.
  private func printPhaseEnd(_ plan: Plan) {
    let ended = state.withLock { $0.phase }
    if plan.status.phase == ended {
      line("\(ended.rawValue): \(plan.status.state.rawValue)")
    } else if ended == .apply {
      line("apply: constrained; back to strategize")
    } else {
      line("\(ended.rawValue): complete")
    }
  }

  /// Shows the status of the root and the counts of its children.
  func show(_ plan: Plan, _ children: StatusCounts) {
    var text = plan.status.phase.rawValue
    if let round = plan.progress.round, plan.status == .executeWaiting {
      text += ": " + Self.text(of: round, children)
    } else if isTerminal {
      text += ": \(plan.status.state.rawValue)"
    } else {
      return
    }
    if isTerminal { return statusLine.show("\(text)  \(elapsed)") }
    // Plain lines cannot be overwritten: at most one every two seconds.
    let isDue = state.withLock { state in
      guard ContinuousClock.now - state.countsPrintedAt >= .seconds(2) else { return false }
      state.countsPrintedAt = .now
      return true
    }
    if isDue { line(text) }
  }

  /// The counts of a round in words: those that are done, that failed and that were cancelled apart.
  ///
  /// `children` counts the children of all rounds.
  static func text(of round: ChildRound, _ children: StatusCounts) -> String {
    let count = { (states: Set<PlanState>) in
      children.filter { states.contains($0.status.state) }.map(\.count).reduce(0, +)
    }
    let failed = min(round.ended, count([.errored, .constrained]))
    let cancelled = min(round.ended - failed, count([.cancelled]))
    let running = count([.processing])
    let waiting = max(0, round.total - round.ended - running)
    let failures =
      (failed > 0 ? ", \(failed) failed" : "") + (cancelled > 0 ? ", \(cancelled) cancelled" : "")
    return "\(round.ended - failed - cancelled) of \(round.total) children done\(failures)"
      + ", \(running) running, \(waiting) waiting"
  }

  /// Removes the status line.
  func finish() { statusLine.clear() }

  /// The time since the start in minutes and seconds, as in `02:05`.
  var elapsed: String {
    let seconds = (ContinuousClock.now - start).components.seconds
    let (minutes, second) = (seconds / 60, seconds % 60)
    return "\(minutes < 10 ? "0" : "")\(minutes):\(second < 10 ? "0" : "")\(second)"
  }

  /// Prints a plain line, unless it equals the line before.
  private func line(_ text: String) {
    let isNew = state.withLock { state in
      defer { state.lastLine = text }
      return state.lastLine != text
    }
    guard isNew else { return }
    statusLine.clear()
    write(text.escapedLines + "\n")
  }
}
