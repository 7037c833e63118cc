import PlanDomain
import PlanLifecycle
import Planwright

/// The system's clock, ahead or behind by a constant.
struct ShiftedTime: TimeSource {
  let shift: Duration
  private let system = SystemTimeSource()

  init(by shift: Duration) { self.shift = shift }

  func now() -> Timestamp { system.now().adding(shift) }

  func wait(until time: Timestamp?, orUntil signal: ThreadSignal) {
    system.wait(until: time?.adding(.zero - shift), orUntil: signal)
  }
}
