import PlanDomain
import PlanStorage

extension SQLiteEngineRegistry {
  /// Opens the store in the file at this path for reading only; changes and creates no file.
  ///
  /// - Throws: ``Planwright/StorageError/Code/cannotOpen`` if the file does not exist or is empty;
  ///   ``Planwright/StorageError/Code/readOnly`` if its schema must be migrated first;
  ///   ``Planwright/StorageError/Code/notAStore`` for a file of something else;
  ///   ``Planwright/StorageError/Code/schemaTooNew`` if a newer version wrote it;
  ///   ``Planwright/StorageError/Code/busy`` if it is being changed all the time; other errors of
  ///   ``Planwright/StorageError`` if it cannot be read.
  public func openReadOnly(
    _ path: String, _ options: SQLiteOptions = .standard
  ) throws -> SQLiteReadOnlyStore {
    try openReadOnly(path, options, allowsOlderSchema: false)
  }

  /// Opens the store as `openReadOnly` does; with `allowsOlderSchema`, also one whose schema must be
  /// migrated before its plans can be read.
  func openReadOnly(
    _ path: String, _ options: SQLiteOptions, allowsOlderSchema: Bool
  ) throws -> SQLiteReadOnlyStore {
    let identity = try DatabaseIdentity.file(at: path)
    while true {
      if let lease = try enginesByPath.leaseIfOpen(identity) {
        defer { lease.release() }
        let engine = lease.engine.engine
        if !engine.isTerminated(), let file = engine.fileIdentity {
          return SQLiteReadOnlyStore(
            ReadOnlyDatabase(
              identity: identity, file: file, migrations: probes.migrations,
              timeout: options.busyTimeout,
              allowsOlderSchema: allowsOlderSchema), in: self)
        }
        // A terminated engine has lost its files: the file at the path is another database.
        return SQLiteReadOnlyStore(
          try ReadOnlyDatabase(
            identity, probes.migrations, timeout: options.busyTimeout,
            allowsOlderSchema: allowsOlderSchema), in: self)
      }
      let database = try enginesByPath.whileClosed(identity) {
        try ReadOnlyDatabase(
          identity, probes.migrations, timeout: options.busyTimeout,
          allowsOlderSchema: allowsOlderSchema)
      }
      if let database { return SQLiteReadOnlyStore(database, in: self) }
    }
  }

  /// Runs the body in a read transaction on this database, whether or not it is open here.
  ///
  /// If it is open for writing in this process, uses its engine. Otherwise, calls that would open
  /// it wait until the body returns, because SQLite shares the log's index among all connections of
  /// a process, and such an engine would get a read-only one. Throws what the body threw, and the
  /// errors of `ReadOnlyDatabase.read`.
  func read<R: Sendable>(
    _ database: ReadOnlyDatabase, _ operation: String,
    _ body: @Sendable (SQLiteConnection) throws -> R
  ) throws -> R {
    while true {
      if let lease = try enginesByPath.leaseIfOpen(database.identity) {
        defer { lease.release() }
        let engine = lease.engine.engine
        guard !engine.isTerminated() else { return try database.read(operation, body) }
        guard engine.fileIdentity == database.file else { throw database.moved(operation) }
        return try engine.inspect(operation, body)
      }
      let result = try enginesByPath.whileClosed(database.identity) {
        try database.read(operation, body)
      }
      if let result { return result }
    }
  }
}
