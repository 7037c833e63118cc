/// A store that can be told by the system that a process writes to it.
///
/// Callers that wait for the commits of other processes ask the store at intervals. With this
/// conformance they ask rarely while nothing is written. The service checks for it once.
///
/// Obligations: a call that returns true calls the handler exactly once, on a thread that it must
/// not block, after the next write of any process that may be part of a commit, or earlier; also
/// when the store's files are removed, and when the store is suspended or terminated. The handler
/// may be called before the commit is visible. A call that returns false never calls it, and a
/// later call may return true. A store that cannot learn of the writes of all processes does not
/// have this conformance, or returns false.
public protocol WriteSignalling: StorageEngine {
  /// Calls the handler once, after the next write; returns false where nothing tells of it.
  func onNextWrite(_ handler: @escaping @Sendable () -> Void) -> Bool
}
