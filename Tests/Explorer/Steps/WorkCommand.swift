/// What a worker does with a plan that it claimed.
package enum WorkCommand: String, Hashable, Sendable, CaseIterable {
  /// Extends the lease.
  case renew
  /// Saves a checkpoint.
  case checkpoint
  /// Gives the attempt back, for now.
  case release
  /// Gives the attempt back, for later.
  case postpone
  /// Completes the phase.
  case complete
  /// Reports that applying is impossible.
  case constrain
  /// Fails the attempt; another one may succeed.
  case fail
  /// Fails the attempt; another one would fail too.
  case failForGood
  /// Fails the attempt with a `retryAfter`.
  case failLater
  /// Spawns the next round of children.
  case spawn
}
