import PlanStorage

extension StoreMaintenance {
  /// Writes plans with their events and actions to a new file, which any store can import.
  ///
  /// The file has lines of JSON, each with a checksum; it gets its name when it is complete and on
  /// the disk. It shows one moment: the units of work of a SQLite store go on meanwhile, those of a
  /// store in memory wait. A page of plans at a time is in memory. `progress` is called on another
  /// thread with the number of plans written and in total; inside it, calls of this store throw
  /// ``StorageError/Code/nestedUnitOfWork``. Does not block the cooperative threads.
  ///
  /// ```swift
  /// try await system.maintenance.exportArchive(.all, to: "plans.jsonl")
  /// ```
  ///
  /// - Throws: ``PlanError/Code/planNotFound`` for the tree of a plan that is not stored;
  ///   ``StorageError/Code/invalidLocation`` if something exists at the path;
  ///   ``StorageError/Code/cannotOpen`` or ``StorageError/Code/inputOutput`` if the file cannot be
  ///   written; ``StorageError/Code/busy`` if the snapshot was lost meanwhile; `CancellationError`
  ///   soon after the task is cancelled; other errors of ``StorageError`` if the store fails.
  @discardableResult
  public func exportArchive(
    _ selection: ArchiveSelection = .all, to path: String,
    progress: @escaping @Sendable (_ plans: Int, _ all: Int) -> Void = { _, _ in }
  ) async throws -> ArchiveSummary {
    try await cancellable(progress) { maintenance, progress in
      try maintenance.exportArchiveBlocking(selection, to: path, progress: progress)
    }
  }

  /// Exports as ``exportArchive(_:to:progress:)`` does, and gives the bytes to `sink`, in order.
  ///
  /// `sink` is called on another thread, with pieces of about 128 KiB.
  ///
  /// ```swift
  /// let archive = FileHandle.standardOutput
  /// try await system.maintenance.exportArchive { try archive.write(contentsOf: $0) }
  /// ```
  ///
  /// - Throws: What `sink` throws; ``PlanError/Code/planNotFound`` for the tree of a plan that is
  ///   not stored; ``StorageError/Code/busy`` if the snapshot was lost meanwhile;
  ///   `CancellationError` soon after the task is cancelled; other errors of ``StorageError`` if
  ///   the store fails.
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

  /// Exports as ``exportArchive(_:to:progress:)`` does, and blocks the calling thread.
  ///
  /// - Throws: What `progress` throws; ``PlanError/Code/planNotFound`` for the tree of a plan that
  ///   is not stored; ``StorageError/Code/invalidLocation`` if something exists at the path;
  ///   ``StorageError/Code/cannotOpen`` or ``StorageError/Code/inputOutput`` if the file cannot be
  ///   written; ``StorageError/Code/busy`` if the snapshot was lost meanwhile; other errors of
  ///   ``StorageError`` if the store fails.
  @discardableResult
  public func exportArchiveBlocking(
    _ selection: ArchiveSelection = .all, to path: String,
    progress: @escaping @Sendable (_ plans: Int, _ all: Int) throws -> Void = { _, _ in }
  ) throws -> ArchiveSummary {
    try ArchiveFile.create(path) { sink in
      try exportArchiveBlocking(selection, progress: progress, writingTo: sink)
    }
  }

  /// Exports as ``exportArchive(_:progress:writingTo:)`` does, and blocks the calling thread.
  ///
  /// - Throws: What `progress` and `sink` throw; ``PlanError/Code/planNotFound`` for the tree of a
  ///   plan that is not stored; ``StorageError/Code/busy`` if the snapshot was lost meanwhile;
  ///   other errors of ``StorageError`` if the store fails.
  @discardableResult
  public func exportArchiveBlocking(
    _ selection: ArchiveSelection = .all,
    progress: @escaping @Sendable (_ plans: Int, _ all: Int) throws -> Void = { _, _ in },
    writingTo sink: @escaping @Sendable ([UInt8]) throws -> Void
  ) throws -> ArchiveSummary {
    let now = environment.time.now()
    // What a first run of the body gave to the sink cannot be taken back.
    let hasWritten = Locked(false)
    return try engine.read { session in
      if hasWritten.withLock({ $0 }) {
        throw StorageError(
          .busy, operation: "exporting", subject: "the store",
          reason: "its snapshot was lost during the export")
      }
      var export = ArchiveExport(
        session,
        to: { bytes in
          hasWritten.withLock { $0 = true }
          try sink(bytes)
        }, progress: progress)
      return try export.run(selection, at: now)
    }
  }

  /// Stores the plans of an archive, with their events and actions.
  ///
  /// First checks the whole archive, and compares it with the store: if one of its plans or
  /// idempotency keys is stored, or another version of one of its actions, nothing is written, and
  /// the error names them. An action that is stored with the same version and definition stays as
  /// it is. Then stores whole trees, each in one unit of work. An import that is interrupted leaves
  /// the trees that were stored; importing the archive again goes on behind them.
  ///
  /// Every field arrives as it was, except leases: they are evicted in the same unit of work, as
  /// ``PlanTransaction/evict(_:reason:by:note:ifVersion:)`` does, so that no token of the other
  /// store is valid in this one. In the feed, the events come plan by plan. `progress` is called on
  /// another thread with the number of bytes read, of twice the size of the file. Does not block
  /// the cooperative threads.
  ///
  /// ```swift
  /// let summary = try await system.maintenance.importArchive(from: "plans.jsonl")
  /// ```
  ///
  /// - Throws: ``StorageError/Code/duplicate`` with what is stored already;
  ///   ``StorageError/Code/cannotOpen`` or ``StorageError/Code/inputOutput`` if the file cannot be
  ///   read; ``StorageError/Code/notAStore`` if it is no archive; ``StorageError/Code/corrupt``
  ///   with the number of the line if it is damaged; ``StorageError/Code/schemaTooNew`` if a newer
  ///   version wrote it; `CancellationError` soon after the task is cancelled; other errors of
  ///   ``StorageError`` if the store fails.
  @discardableResult
  public func importArchive(
    from path: String,
    progress: @escaping @Sendable (_ done: Int, _ all: Int) -> Void = { _, _ in }
  ) async throws -> ArchiveSummary {
    try await cancellable(progress) { maintenance, progress in
      try maintenance.importArchiveBlocking(from: path, progress: progress)
    }
  }

  /// Imports as ``importArchive(from:progress:)`` does, and blocks the calling thread.
  ///
  /// - Throws: What `progress` throws; ``StorageError/Code/duplicate`` with what is stored already;
  ///   ``StorageError/Code/cannotOpen`` or ``StorageError/Code/inputOutput`` if the file cannot be
  ///   read; ``StorageError/Code/notAStore``, ``StorageError/Code/corrupt`` or
  ///   ``StorageError/Code/schemaTooNew`` for what it contains; other errors of ``StorageError`` if
  ///   the store fails.
  @discardableResult
  public func importArchiveBlocking(
    from path: String,
    progress: @escaping @Sendable (_ done: Int, _ all: Int) throws -> Void = { _, _ in }
  ) throws -> ArchiveSummary {
    try ArchiveImport(path, into: engine, environment, progress: progress).run()
  }

  /// Checks an archive as ``importArchive(from:progress:)`` does before it stores the first plan.
  ///
  /// Writes nothing. Compares it with this store; with an empty one, it checks the archive by
  /// itself. Returns what the archive contains. Does not block the cooperative threads.
  ///
  /// ```swift
  /// let memory = try PlanSystem.open(.inMemory)
  /// print(try await memory.maintenance.checkArchive(at: "plans.jsonl").plans)
  /// ```
  ///
  /// - Throws: ``StorageError/Code/duplicate`` with what is stored already;
  ///   ``StorageError/Code/cannotOpen`` or ``StorageError/Code/inputOutput`` if the file cannot be
  ///   read; ``StorageError/Code/notAStore`` if it is no archive; ``StorageError/Code/corrupt``
  ///   with the number of the line if it is damaged; ``StorageError/Code/schemaTooNew`` if a newer
  ///   version wrote it; `CancellationError` soon after the task is cancelled; other errors of
  ///   ``StorageError`` if the store fails.
  @discardableResult
  public func checkArchive(
    at path: String,
    progress: @escaping @Sendable (_ done: Int, _ all: Int) -> Void = { _, _ in }
  ) async throws -> ArchiveSummary {
    try await cancellable(progress) { maintenance, progress in
      try maintenance.checkArchiveBlocking(at: path, progress: progress)
    }
  }

  /// Checks an archive as ``checkArchive(at:progress:)`` does, and blocks the calling thread.
  ///
  /// - Throws: What `progress` throws; ``StorageError/Code/duplicate`` with what is stored already;
  ///   ``StorageError/Code/cannotOpen`` or ``StorageError/Code/inputOutput`` if the file cannot be
  ///   read; ``StorageError/Code/notAStore``, ``StorageError/Code/corrupt`` or
  ///   ``StorageError/Code/schemaTooNew`` for what it contains; other errors of ``StorageError`` if
  ///   the store fails.
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
