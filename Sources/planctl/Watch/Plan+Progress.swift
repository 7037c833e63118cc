import Planwright

extension Plan {
  /// The name among its siblings; for a root, the name of its action.
  var displayName: String {
    definition.position?.key.description ?? definition.action.name.description
  }

  /// What there is to know about the plan at the moment, in one line of foreign text.
  ///
  /// `since` is the time of its latest event, if known.
  func progressText(at now: Timestamp, since: Timestamp?) -> String {
    let attempts = "attempt \(progress.attempt) of \(definition.action.retry.attempts)"
    switch status.state {
    case .queued: return queuedText(at: now)
    case .processing:
      let age = since.map { " for \(now.since($0).brief)" } ?? ""
      let lease = progress.lease.map { lease in
        lease.expiresAt < now
          ? ", \(lease.owner); its lease expired \(now.since(lease.expiresAt).brief) ago"
          : ", \(lease.owner)\(age)"
      }
      let report = progress.report.map { ": \($0)" } ?? ""
      return attempts + (lease ?? "") + report
    case .waiting:
      guard let round = progress.round else { return "" }
      return "\(round.ended) of \(round.total) children ended"
    case .complete:
      return isFinal ? durationText : "waits for approval: planctl advance \(id)"
    case .applied: return durationText
    case .constrained, .errored, .cancelled:
      let failure = progress.failure
      return failure.map { "\($0.code): \($0.message)" } ?? ""
    }
  }

  private func queuedText(at now: Timestamp) -> String {
    guard let readyAt = progress.readyAt else { return "waits for other children" }
    guard readyAt > now else { return "ready for \(now.since(readyAt).brief)" }
    let delay = readyAt.since(now).brief
    guard let failure = progress.failure, progress.attempt > 0 else { return "starts in \(delay)" }
    return "attempt \(progress.attempt + 1) of \(definition.action.retry.attempts) in \(delay): "
      + failure.message
  }

  private var durationText: String {
    endedAt.map { "after \($0.since(definition.createdAt).brief)" } ?? ""
  }
}

extension Duration {
  /// The duration in its two largest units, as in `2m 05s`.
  var brief: String {
    let seconds = max(0, components.seconds)
    func two(_ large: Int64, _ name: String, _ small: Int64, _ unit: String) -> String {
      "\(large)\(name) \(small < 10 ? "0" : "")\(small)\(unit)"
    }
    switch seconds {
    case ..<60: return "\(seconds)s"
    case ..<3_600: return two(seconds / 60, "m", seconds % 60, "s")
    case ..<86_400: return two(seconds / 3_600, "h", seconds % 3_600 / 60, "m")
    default: return two(seconds / 86_400, "d", seconds % 86_400 / 3_600, "h")
    }
  }
}
