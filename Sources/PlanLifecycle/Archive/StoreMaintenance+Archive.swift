import PlanStorage

extension StoreMaintenance {
  /// Writes plans with their events and actions to a new file, which any store can import.
  ///
  /// The file has lines of JSON, each with a checksum; it gets its name when it is complete and on
  /// the disk. It shows one moment: the units of work of a SQLite store go on meanwhile, those of a
  /// store in memory wait. A page of plans at a time is in memory. `progress` is called on another
  /// thread with the number of plans written and in total; inside it, calls of this store throw
  /// `nestedUnitOfWork`. Throws `planNotFound` for the tree of a plan that is not stored,
  /// `StorageError`, such as `invalidLocation` when something exists at the path, and
  /// `CancellationError` soon after the task is cancelled.
  ///
  ///     try await system.maintenance.exportArchive(.all, to: "plans.jsonl")
  @discardableResult
  public func exportArchive(
    _ selection: ArchiveSelection = .all, to path: String,
    progress: @escaping @Sendable (_ plans: Int, _ all: Int) -> Void = { _, _ in }
  ) async throws -> ArchiveSummary {
    try await cancellable(progress) { maintenance, progress in
      try maintenance.exportArchiveBlocking(selection, to: path, progress: progress)
    }
  }

  /// Exports as `exportArchive(_:to:progress:)` does, and gives the bytes to `sink`, in order.
  ///
  /// `sink` is called on another thread, with pieces of about 128 KiB. Throws the same errors, and
  /// what `sink` throws.
  @discardableResult
  public func exportArchive(
    _ selection: ArchiveSelection = .all,
    progress: @escaping @Sendable (_ plans: Int, _ all: Int) -> Void = { _, _ in },
    writingTo sink: @escaping @Sendable ([UInt8]) throws -> Void
  ) async throws -> ArchiveSummary {
    try await cancellable(progress) { maintenance, progress in
      try maintenance.exportArchiveBlocking(selection, progress: progress, writingTo: sink)
    }
  }

  /// Exports on the calling thread; throws the same errors, and those of `progress`.
  @discardableResult
  public func exportArchiveBlocking(
    _ selection: ArchiveSelection = .all, to path: String,
    progress: @escaping @Sendable (_ plans: Int, _ all: Int) throws -> Void = { _, _ in }
  ) throws -> ArchiveSummary {
    try ArchiveFile.create(path) { sink in
      try exportArchiveBlocking(selection, progress: progress, writingTo: sink)
    }
  }

  /// Exports on the calling thread; throws the same errors, and those of `progress`.
  @discardableResult
  public func exportArchiveBlocking(
    _ selection: ArchiveSelection = .all,
    progress: @escaping @Sendable (_ plans: Int, _ all: Int) throws -> Void = { _, _ in },
    writingTo sink: @escaping @Sendable ([UInt8]) throws -> Void
  ) throws -> ArchiveSummary {
    let now = environment.time.now()
    let hasBegun = Locked(false)
    return try engine.read { session in
      // What a first run of the body gave to the sink cannot be taken back.
      let isRepeated = hasBegun.withLock { hasBegun in
        defer { hasBegun = true }
        return hasBegun
      }
      guard !isRepeated else {
        throw StorageError(
          .busy, operation: "exporting", subject: "the store",
          reason: "its snapshot was lost during the export")
      }
      var export = ArchiveExport(session, to: sink, progress: progress)
      return try export.run(selection, at: now)
    }
  }

  /// Stores the plans of an archive, with their events and actions.
  ///
  /// First checks the whole archive, and compares it with the store: if one of its plans or
  /// idempotency keys is stored, or another version of one of its actions, throws `duplicate`, which
  /// names them, and writes nothing. An action that is stored with the same version and definition
  /// stays as it is. Then stores whole trees, each in one unit of work. An import that is
  /// interrupted leaves the trees that were stored; importing the archive again goes on behind them.
  ///
  /// Every field arrives as it was, except leases: they are evicted in the same unit of work, as
  /// `evict` does, so that no token of the other store is valid in this one. In the feed, the events
  /// come plan by plan. `progress` is called on another thread with the number of bytes read, of
  /// twice the size of the file. Throws `StorageError`: `corrupt`, `notAStore` and `schemaTooNew` for
  /// the file, with the number of the line; and `CancellationError` soon after the task is
  /// cancelled.
  ///
  ///     let summary = try await system.maintenance.importArchive(from: "plans.jsonl")
  @discardableResult
  public func importArchive(
    from path: String,
    progress: @escaping @Sendable (_ done: Int, _ all: Int) -> Void = { _, _ in }
  ) async throws -> ArchiveSummary {
    try await cancellable(progress) { maintenance, progress in
      try maintenance.importArchiveBlocking(from: path, progress: progress)
    }
  }

  /// Imports on the calling thread; throws the same errors, and those of `progress`.
  @discardableResult
  public func importArchiveBlocking(
    from path: String,
    progress: @escaping @Sendable (_ done: Int, _ all: Int) throws -> Void = { _, _ in }
  ) throws -> ArchiveSummary {
    try ArchiveImport(path, into: engine, environment, progress: progress).run()
  }

  /// Checks an archive as `importArchive` does before it stores the first plan; writes nothing.
  ///
  /// Compares it with this store; with an empty one, it checks the archive by itself. Returns what
  /// the archive contains. Throws the same errors as `importArchive`.
  @discardableResult
  public func checkArchive(
    at path: String,
    progress: @escaping @Sendable (_ done: Int, _ all: Int) -> Void = { _, _ in }
  ) async throws -> ArchiveSummary {
    try await cancellable(progress) { maintenance, progress in
      try maintenance.checkArchiveBlocking(at: path, progress: progress)
    }
  }

  /// Checks an archive on the calling thread; throws the same errors, and those of `progress`.
  @discardableResult
  public func checkArchiveBlocking(
    at path: String,
    progress: @escaping @Sendable (_ done: Int, _ all: Int) throws -> Void = { _, _ in }
  ) throws -> ArchiveSummary {
    try ArchiveImport(path, into: engine, environment, progress: progress).check().contents
  }

  /// Runs a blocking call whose progress ends it once the task is cancelled.
  private func cancellable(
    _ progress: @escaping @Sendable (Int, Int) -> Void,
    _ call:
      @escaping @Sendable (StoreMaintenance, @escaping @Sendable (Int, Int) throws -> Void) throws
      -> ArchiveSummary
  ) async throws -> ArchiveSummary {
    let cancellation = Cancellation()
    return try await withTaskCancellationHandler {
      try await run { maintenance in
        try cancellation.check()
        return try call(maintenance) { done, all in
          progress(done, all)
          try cancellation.check()
        }
      }
    } onCancel: {
      cancellation.cancel()
    }
  }
}
