import PlanDomain
import PlanStorage

/// The code of the error that the call throws; nil when it throws none.
///
/// An error that has no code is given as text, so that an expectation shows it.
public func errorCode<R>(_ call: () throws -> R) -> String? {
  do { _ = try call() } catch { return code(of: error) }
  return nil
}

/// The code of the error that the call throws; nil when it throws none.
public func asyncErrorCode<R>(
  isolation: isolated (any Actor)? = #isolation, _ call: () async throws -> R
) async -> String? {
  do { _ = try await call() } catch { return code(of: error) }
  return nil
}

private func code(of error: any Error) -> String {
  switch error {
  case let error as PlanError: error.code.rawValue
  case let error as StorageError: error.code.rawValue
  default: "\(error)"
  }
}
