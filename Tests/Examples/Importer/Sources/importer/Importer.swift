import Planwright

/// Imports a file into a target; the store beside the target remembers what is done.
struct Importer {
  let system: PlanSystem
  let actions: ImportActions
  /// Prints one line.
  let print: @Sendable (String) -> Void

  /// The file was changed after its import began, so its batches are no longer valid.
  struct FileChanged: Error {}

  /// Imports the file, or continues, until all is done; ends at once when the task is cancelled.
  ///
  /// What is in the hands of the worker then is queued again. Throws `CancellationError`,
  /// `FileChanged`, and the errors of the store.
  func run(_ file: FileImport) async throws -> ImportCounts {
    try await system.register(actions.all)
    let request = try PlanUse(actions.file, arguments: file, idempotencyKey: "file")
    let (plan, isNew): (Plan, Bool)
    do {
      (plan, isNew) = try await system.plans.write { try $0.findOrUse(request) }
    } catch PlanError.Code.idempotencyConflict {
      throw FileChanged()
    }
    if !isNew { print("continues an import that began at \(plan.definition.createdAt)") }

    // The lease of a killed process holds its batches for three seconds more.
    let worker = try system.worker(
      named: "importer", actions: actions.all,
      options: WorkerOptions(leaseFor: .seconds(3), grace: .zero))
    return try await worker.run {
      async let _: Void = printProgress(of: plan.id)  // cancelled at the end of the scope
      return try await system.plans.handle(for: plan.id, of: actions.file).result()
    }
  }

  /// Prints a line for each batch that ends, until the task is cancelled.
  private func printProgress(of file: Plan.ID) async throws {
    let start = try await system.plans.read { try $0.latestCursor() }
    var printed = 0
    for try await change in system.plans.changes(after: start)
    where change.event.to == .applyApplied && change.event.plan != file {
      let round = try await system.plans.read { try $0.plan(file).progress.round }
      guard let round, round.ended > printed else { continue }
      printed = round.ended
      print("\(printed) of \(round.total) batches")
    }
  }
}
