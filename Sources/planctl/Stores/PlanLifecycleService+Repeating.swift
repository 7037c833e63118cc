import Planwright

extension PlanLifecycleService {
  /// Reads as `read` does; repeats the read for two seconds while other processes disturb it.
  ///
  /// A store that is open for reading only throws `busy` when its file was changed during the read.
  @inline(never) @_semantics("optimize.sil.specialize.generic.never")
  func readRepeatedly<R: Sendable>(
    _ body: @escaping @Sendable (borrowing PlanSnapshot) throws -> R
  ) async throws -> R {
    let start = ContinuousClock.now
    while true {
      do { return try await read(body) } catch let error as StorageError
        where error.code == .busy && ContinuousClock.now - start < .seconds(2)
      {
        try await Task.sleep(for: .milliseconds(5))
      }
    }
  }
}
