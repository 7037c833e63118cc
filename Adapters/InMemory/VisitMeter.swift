import Synchronization

/// Counts the list entries that a measured read visits.
final class VisitMeter: Sendable {
  private let count = Atomic(0)

  /// The number of entries visited so far.
  var visits: Int { count.load(ordering: .relaxed) }

  func note(_ entries: Int = 1) { count.add(entries, ordering: .relaxed) }
}
