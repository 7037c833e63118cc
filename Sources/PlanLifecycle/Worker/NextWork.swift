import PlanDomain

/// The times at which a worker has more work.
struct NextWork: Sendable {
  /// The earliest time at which a plan for this worker is ready; nil without one.
  var ready: Timestamp?
  /// The earliest time at which a lease expires; nil without one.
  var expiry: Timestamp?
  /// The earliest time at which something that failed is tried again; nil without a failure.
  var retry: Timestamp?
  /// The earliest time at which a plan is looked at again that was left to other workers; nil
  /// without one.
  var unserved: Timestamp?
  /// The time at which the next finished tree is purged, if a slot is free; nil otherwise.
  var purge: Timestamp?
  /// Whether plans were claimed.
  var hasClaimed = false
  /// Whether the store is suspended, so that only its end brings more work.
  var isSuspended = false

  var earliest: Timestamp? { [ready, expiry, retry].compactMap { $0 }.min() }
}
