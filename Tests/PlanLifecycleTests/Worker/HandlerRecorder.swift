import PlanDomain
import PlanLifecycle
import PlanStorage

/// What the handlers and the worker of a test have done.
final class HandlerRecorder: Sendable {
  struct Counts: Sendable {
    var started: [Int] = []
    var startedNext = 0
    var cancelled = 0
    var refused: [String: Int] = [:]
    var reports: [String] = []

    func count(_ report: String) -> Int { reports.count { $0.hasPrefix(report) } }
  }
  private let state = Locked(Counts())

  var counts: Counts { state.withLock { $0 } }

  func note<R: Sendable>(_ change: (inout Counts) -> R) -> R { state.withLock { change(&$0) } }

  /// Records what became of leases, with their epochs.
  func report(_ report: WorkerReport) {
    switch report {
    case .abandoned(let token): note { $0.reports.append("abandoned \(token.epoch)") }
    case .leaseLost(let token): note { $0.reports.append("lost \(token.epoch)") }
    case .released(let token): note { $0.reports.append("released \(token.epoch)") }
    case .trouble(_, let during): note { $0.reports.append("trouble \(during)") }
    default: break
    }
  }

  /// Waits for the gate and ignores the cancellation, which it counts.
  func waitDeaf(_ gate: Gate) async {
    await withTaskCancellationHandler {
      await gate.wait()
    } onCancel: { [self] in
      note { $0.cancelled += 1 }
    }
  }
}
