import PlanDomain
import PlanStorage

/// Purges finished trees that are older than the worker's options say, in small units of work.
///
/// Waits for the end of the oldest tree's time instead of polling.
final class TreeRetention: Sendable {
  /// The number of plans after which a unit of work purges no further tree.
  static let plansOfUnit = 100
  /// The pause after a failure.
  private static let failurePause = Duration.seconds(60)
  /// The shortest pause while no tree has ended.
  private static let shortestPause = Duration.seconds(1)
  /// The longest pause when it is not known when the oldest tree ended.
  private static let unknownPause = Duration.seconds(3_600)

  private let worker: PlanWorker
  private let nextLook: Locked<Timestamp?>

  init(worker: PlanWorker) {
    self.worker = worker
    let isUsed = worker.options.keepFinished != nil
    nextLook = Locked(isUsed ? worker.store.environment.time.now() : nil)
  }

  /// The time of the next look; nil when all trees are kept.
  var next: Timestamp? { nextLook.withLock { $0 } }

  /// Runs one unit of work, if trees may be due; after it, `next` is the time of the next one.
  ///
  /// Throws the errors that concern all calls to the store; reports others and tries again later.
  func purgeIfDue() async throws {
    let now = worker.store.environment.time.now()
    guard let keep = worker.options.keepFinished, let next, next <= now else { return }
    do {
      let time = try await purge(before: now.adding(.zero - keep), keep, now)
      nextLook.withLock { $0 = time }
    } catch {
      if error.endsUseOfStore || error.isSuspension { throw error }
      worker.notify(.trouble(error, during: "purging finished plans"))
      nextLook.withLock { $0 = now.adding(Self.failurePause) }
    }
  }

  /// Purges trees that ended before this time; returns the time of the next look.
  private func purge(
    before limit: Timestamp, _ keep: Duration, _ now: Timestamp
  ) async throws -> Timestamp {
    let oldest = try await worker.store.readNow { try $0.oldestFinalRoot() }
    let pause = now.adding(max(keep, Self.shortestPause))
    let isUnreadable = !oldest.unreadable.isEmpty
    guard let end = oldest.plans.first?.endedAt ?? (isUnreadable ? .some(now) : nil) else {
      return pause
    }
    if !isUnreadable, end >= limit { return end.adding(keep).adding(.microseconds(1)) }
    let removed = try await worker.store.writeNow { transaction in
      try transaction.purge(endedBefore: limit, limit: Self.plansOfUnit)
    }
    guard removed > 0 else { return min(pause, now.adding(Self.unknownPause)) }
    worker.notify(.purged(plans: removed))
    // More trees may be due: after the next claim.
    return now
  }
}
