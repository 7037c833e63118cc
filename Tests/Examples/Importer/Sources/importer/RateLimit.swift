/// Lets a number of rows pass in each second, for a target that serves others as well.
actor RateLimit {
  private let interval: Duration
  private var next = ContinuousClock.now

  /// Creates a limit; nil does not limit.
  init(perSecond count: Int?) { interval = count.map { .seconds(1) / $0 } ?? .zero }

  /// Waits until the next row may pass; throws `CancellationError`.
  func wait() async throws {
    try Task.checkCancellation()
    if interval == .zero { return }
    let time = max(next, .now)
    next = time + interval
    try await Task.sleep(until: time, clock: .continuous)
  }
}
