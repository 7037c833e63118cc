import CSQLite
public import PlanDomain
public import PlanStorage

extension SQLiteStore: StoreDescribing {
  /// Returns the current state of the store: options, sizes, failed checkpoints and warnings.
  ///
  /// - Throws: ``Planwright/StorageError/Code/closed`` after `close`;
  ///   ``Planwright/StorageError/Code/nestedUnitOfWork`` inside a body of this store;
  ///   ``Planwright/StorageError/Code/suspended`` while the store is suspended; other errors of
  ///   ``Planwright/StorageError`` if the database cannot be read.
  public func info() throws -> StoreInfo {
    let bytes = try alone("describing") { connection in
      try connection.number("PRAGMA page_count") * connection.number("PRAGMA page_size")
    }
    let hasDefect = WALResetDefect.isIn(sqlite3_libversion_number())
    let version = String(cString: sqlite3_libversion())
    let failures = engine.log.failures
    var warnings: [String] = []
    if hasDefect, traits.isSharedBetweenProcesses {
      warnings.append(WALResetDefect.warning(version))
    }
    if let failures, failures.sinceLastSuccess > 0 {
      warnings.append(
        """
        the write-ahead log could not be copied into the database \(failures.sinceLastSuccess) \
        times in a row; it grows until a copy succeeds: \(failures.latest)
        """)
    }
    return StoreInfo(
      path: engine.identity.path, library: "SQLite", libraryVersion: version,
      libraryDefects: hasDefect ? [WALResetDefect.name] : [], options: engine.options.byName,
      schemaVersion: engine.schemaVersion, databaseBytes: Int(bytes), logBytes: engine.log.bytes,
      openReaders: engine.readers?.count ?? 0, checkpointFailures: failures, warnings: warnings)
  }
}

extension SQLiteOptions {
  /// The values of the options by name, as in a location string.
  fileprivate var byName: [String: String] {
    [
      "durability": durability.rawValue, "exclusive": "\(exclusive)",
      "busyTimeout": "\(busyTimeout)", "readers": "\(readers)",
    ]
  }
}
