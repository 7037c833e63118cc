import Foundation
import Planwright
import Synchronization

/// Shows on standard error how a run gets on: one live line on a terminal, plain lines elsewhere.
final class RunDisplay: Sendable {
  private struct State: Sendable {
    var lastLine = ""
    /// The phase of the root that is being worked on.
    var phase = PlanPhase.strategize
    var isLive = false
    /// When the children were last counted in a line of their own.
    var counted = ContinuousClock.now - .seconds(60)
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

  /// Says what the worker did with the root, and what went wrong anywhere.
  func report(_ report: WorkerReport) {
    switch report {
    case .started(let assignment) where assignment.plan.id == root:
      state.withLock { $0.phase = assignment.phase }
      let attempt = assignment.attempt > 1 ? " (attempt \(assignment.attempt))" : ""
      line("\(assignment.phase.rawValue): started\(attempt)")
    case .reported(let plan):
      if plan.id == root { step(to: plan) }
      if let failure = plan.progress.failure, plan.status.state != .cancelled {
        let name = plan.definition.position?.key.description ?? plan.status.phase.rawValue
        let next = plan.status.state == .queued ? "; it will be tried again" : ""
        line("\(name): \(failure.message)\(next)")
      }
    case .trouble(let error, let during): line("trouble while \(during): \(error)")
    case .setAside(let plan, let error, let until):
      line("plan \(plan) is left alone until \(until): \(error)")
    case .unserved(let actor, let since):
      line("plans have been ready for the actor '\(actor)' since \(since); no program plays it")
    case .unreachable(let actor):
      line("no action names the actor '\(actor)', which a program is to play")
    case .started, .progress, .leaseLost, .released: break
    }
  }

  /// Says how the phase that was worked on ended, and what comes instead of it.
  private func step(to plan: Plan) {
    let done = state.withLock { $0.phase }
    if plan.status.phase == done {
      line("\(done.rawValue): \(plan.status.state.rawValue)")
    } else if done == .apply {
      line("apply: constrained; back to strategize")
    } else {
      line("\(done.rawValue): complete")
    }
  }

  /// Shows where the root stands now.
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
    if isTerminal { return live("\(text)  \(elapsed)") }
    // Lines that stay are worth one every other second.
    let isDue = state.withLock { state in
      guard ContinuousClock.now - state.counted >= .seconds(2) else { return false }
      state.counted = .now
      return true
    }
    if isDue { line(text) }
  }

  /// Ends the live line.
  func finish() {
    let isLive = state.withLock { state in
      defer { state.isLive = false }
      return state.isLive
    }
    if isLive { write("\r\u{1B}[K") }
  }

  /// How long the run has taken, as in `02:05`.
  var elapsed: String {
    let seconds = (ContinuousClock.now - start).components.seconds
    let (minutes, second) = (seconds / 60, seconds % 60)
    return "\(minutes < 10 ? "0" : "")\(minutes):\(second < 10 ? "0" : "")\(second)"
  }

  private func live(_ text: String) {
    state.withLock { $0.isLive = true }
    write("\r\u{1B}[K\(text)")
  }

  /// A line of its own; the same one is not repeated.
  private func line(_ text: String) {
    let (isNew, wasLive) = state.withLock { state in
      defer {
        state.lastLine = text
        state.isLive = false
      }
      return (state.lastLine != text, state.isLive)
    }
    if isNew { write((wasLive ? "\r\u{1B}[K" : "") + text + "\n") }
  }
}
