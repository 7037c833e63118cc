import PlanDomain
import PlanStorage

/// Decodes the stored documents of one attempt, and knows the errors of those it could not decode.
///
/// A stored document is the same in the next attempt, so a closure that throws one of these errors
/// fails without another attempt. Safe to use from any thread.
final class StoredDocuments: Sendable {
  private let refusals = Locked([PlanError]())

  /// Runs a body that decodes a document; records its error, but not that a plan has no result.
  func decoding<R>(_ body: () throws -> R) throws -> R {
    do { return try body() } catch let error as PlanError {
      if error.code != .noResult { refusals.withLock { $0.append(error) } }
      throw error
    }
  }

  /// Whether the error is that of a document of this attempt.
  func refused(_ error: PlanError) -> Bool { refusals.withLock { $0.contains(error) } }
}

/// The error of a completion for a result or a document that another attempt would find again.
struct DocumentRefusal: Error {
  let error: PlanError
}
