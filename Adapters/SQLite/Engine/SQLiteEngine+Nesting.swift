import PlanStorage

/// Calls of an engine on a thread that runs something for it, for which they would wait.
extension SQLiteEngine {
  /// Throws `nestedUnitOfWork` inside a body of this engine, and inside a handler of its observers,
  /// which runs on the thread that commits.
  func checkNesting(_ operation: String) throws(StorageError) {
    try ReentrancyGuard.check(self, operation: operation, subject: identity.subject)
    // Not asked without observers: it is part of every call.
    guard !observers.isEmpty, ReentrancyGuard.isInside(observers) else { return }
    throw StorageError(
      .nestedUnitOfWork, operation: operation, subject: identity.subject,
      reason: "it runs a handler of its activities",
      advice: "return from the handler, and call the store from a task or another thread")
  }

  /// Whether this thread is inside a body of this engine or inside a handler of its observers.
  var isNested: Bool { ReentrancyGuard.isInside(self) || ReentrancyGuard.isInside(observers) }
}
