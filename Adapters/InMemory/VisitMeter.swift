import Synchronization

/// Counts the entries of lists that a read visits; only reads that are measured have one.
final class VisitMeter: Sendable {
  private let count = Atomic(0)

  /// How many entries were visited until now.
  var visits: Int { count.load(ordering: .relaxed) }

  func note(_ entries: Int = 1) { count.add(entries, ordering: .relaxed) }
}
