import Foundation
import Planwright
import Synchronization

/// Shows the progress of a run: a status line that is updated on a terminal, plain lines elsewhere.
final class RunDisplay: Sendable {
  private struct State: Sendable {
    var lastLine = ""
    /// The phase of the root's latest assignment.
    var phase = PlanPhase.strategize
    /// Whether the status line is on the screen.
    var showsStatusLine = false
    /// When the counts of children were last printed as a plain line.
    var countsPrintedAt = ContinuousClock.now - .seconds(60)
  }
  private let root: Plan.ID
  private let isTerminal: Bool
  private let start = ContinuousClock.now
  private let write: @Sendable (String) -> Void
  private let state = Mutex(State())

  init(root: Plan.ID, isTerminal: Bool, write: @escaping @Sendable (String) -> Void) {
    self.root = root
    self.isTerminal = isTerminal
    self.write = write
  }

  /// Prints what the worker did with the root, and the failures of all plans.
  func report(_ report: WorkerReport) {
    switch report {
    case .started(let assignment) where assignment.plan.id == root:
      state.withLock { $0.phase = assignment.phase }
      let attempt = assignment.attempt > 1 ? " (attempt \(assignment.attempt))" : ""
      line("\(assignment.phase.rawValue): started\(attempt)")
    case .reported(let plan):
      if plan.id == root { printPhaseEnd(plan) }
      if let failure = plan.progress.failure, plan.status.state != .cancelled {
        let name = plan.definition.position?.key.description ?? plan.status.phase.rawValue
        let next = plan.status.state == .queued ? "; another attempt follows" : ""
        line("\(name): \(failure.message)\(next)")
      }
    case .trouble(let error, let during): line("error while \(during): \(error)")
    case .setAside(let plan, let error, let until):
      line("plan \(plan) is set aside until \(until): \(error)")
    case .unserved(let actor, let since):
      line("plans are ready for the actor '\(actor)' since \(since), but it has no program")
    case .unreachable(let actor):
      line("the actor '\(actor)' has a program, but no action uses it")
    case .started, .progress, .leaseLost, .abandoned, .released, .purged, .unservedAction: break
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
  func show(_ plan: Plan) {
    var text = plan.status.phase.rawValue
    if let round = plan.progress.round, plan.status == .executeWaiting {
      let waiting = round.total - round.ended - round.holding
      text += ": \(round.ended) of \(round.total) children done, \(round.holding) running"
      text += ", \(waiting) waiting"
    } else if isTerminal {
      text += ": \(plan.status.state.rawValue)"
    } else {
      return
    }
    if isTerminal { return updateStatusLine("\(text)  \(elapsed)") }
    // Plain lines cannot be overwritten: at most one every two seconds.
    let isDue = state.withLock { state in
      guard ContinuousClock.now - state.countsPrintedAt >= .seconds(2) else { return false }
      state.countsPrintedAt = .now
      return true
    }
    if isDue { line(text) }
  }

  /// Removes the status line.
  func finish() {
    let isShown = state.withLock { state in
      defer { state.showsStatusLine = false }
      return state.showsStatusLine
    }
    if isShown { write("\r\u{1B}[K") }
  }

  /// The time since the start in minutes and seconds, as in `02:05`.
  var elapsed: String {
    let seconds = (ContinuousClock.now - start).components.seconds
    let (minutes, second) = (seconds / 60, seconds % 60)
    return "\(minutes < 10 ? "0" : "")\(minutes):\(second < 10 ? "0" : "")\(second)"
  }

  private func updateStatusLine(_ text: String) {
    state.withLock { $0.showsStatusLine = true }
    write("\r\u{1B}[K\(text)")
  }

  /// Prints a plain line, unless it equals the line before.
  private func line(_ text: String) {
    let (isNew, replacesStatusLine) = state.withLock { state in
      defer {
        state.lastLine = text
        state.showsStatusLine = false
      }
      return (state.lastLine != text, state.showsStatusLine)
    }
    if isNew { write((replacesStatusLine ? "\r\u{1B}[K" : "") + text + "\n") }
  }
}
