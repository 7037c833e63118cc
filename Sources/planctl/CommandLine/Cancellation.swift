import Synchronization

/// Whether something that is running should end.
final class Cancellation: Sendable {
  private let flag = Atomic(false)

  /// Whether `request()` was called.
  var isRequested: Bool { flag.load(ordering: .acquiring) }

  func request() { flag.store(true, ordering: .releasing) }
}
