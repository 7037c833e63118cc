import Planwright

/// The times that a plan spent queued, processing and waiting, computed from its events.
struct Timeline: Sendable {
  /// What a plan did for a time.
  enum Kind: String, Sendable, CaseIterable {
    case queued
    case processing
    case waiting
    case approval

    /// The words for a legend.
    var words: String {
      switch self {
      case .queued: "queued"
      case .processing: "processing"
      case .waiting: "waiting for children"
      case .approval: "waiting for approval"
      }
    }
  }

  /// A part of a plan's time.
  struct Segment: Equatable, Sendable {
    let kind: Kind
    let phase: PlanPhase
    let attempt: Int
    let start: Timestamp
    let end: Timestamp
    /// Whether the attempt ended with a failure, or without an outcome.
    let hasFailed: Bool
    /// Whether it has not ended yet.
    let isOpen: Bool
  }

  let segments: [Segment]
  /// How many segments before these are missing, because there are too many.
  let leftOut: Int

  /// The largest number of segments of one plan.
  static let largestCount = 200

  /// The times of a plan from its events, in order; what has not ended lasts until `now`.
  init(of plan: Plan, _ events: [PlanEvent], at now: Timestamp) {
    var all: [Segment] = []
    for (number, event) in events.enumerated() {
      let next = number + 1 < events.count ? events[number + 1] : nil
      guard let kind = Self.kind(event.to, isLast: next == nil, plan) else { continue }
      // A clock that was set back must not give negative times.
      let end = max(event.at, next?.at ?? now)
      let failures: [CommandName] = [.fail, .reclaim, .evict, .constrain]
      all.append(
        Segment(
          kind: kind, phase: event.to.phase, attempt: event.attempt, start: event.at, end: end,
          hasFailed: kind == .processing && next.map { failures.contains($0.command) } == true,
          isOpen: next == nil))
    }
    segments = Array(all.suffix(Self.largestCount))
    leftOut = all.count - segments.count
  }

  private static func kind(_ status: PlanStatus, isLast: Bool, _ plan: Plan) -> Kind? {
    switch status.state {
    case .queued: .queued
    case .processing: .processing
    case .waiting: .waiting
    case .complete: isLast && plan.isFinal ? nil : .approval
    case .applied, .constrained, .errored, .cancelled: nil
    }
  }
}
