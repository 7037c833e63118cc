/// Reports the begin and the end of a unit of work, with its duration.
struct UnitOfWorkTimer: Sendable {
  private let telemetry: PlanTelemetry
  private let start: Duration

  /// Reports that a unit of work begins.
  init(_ telemetry: PlanTelemetry) {
    self.telemetry = telemetry
    telemetry.unitOfWorkBegan?()
    start = telemetry.clock()
  }

  /// Runs the unit of work and reports its end.
  func ending(_ unitOfWork: () throws -> Void) throws {
    do {
      try unitOfWork()
      report(nil)
    } catch {
      report(error)
      throw error
    }
  }

  /// Runs the unit of work and reports its end.
  func ending(_ unitOfWork: () async throws -> Void) async throws {
    do {
      try await unitOfWork()
      report(nil)
    } catch {
      report(error)
      throw error
    }
  }

  private func report(_ error: (any Error)?) {
    telemetry.unitOfWorkEnded?(
      UnitOfWorkRecord(duration: telemetry.clock() - start, error: error))
  }
}
