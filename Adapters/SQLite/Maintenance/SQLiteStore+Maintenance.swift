public import PlanDomain
public import PlanStorage

extension SQLiteStore: LogCheckpointing {
  /// Copies the write-ahead log into the database file and truncates it, as far as readers allow.
  ///
  /// The store also does this automatically; `info` reports failures of that. Waits for the running
  /// transaction.
  ///
  /// - Throws: ``Planwright/StorageError/Code/closed`` after `close`;
  ///   ``Planwright/StorageError/Code/nestedUnitOfWork`` inside a body of this store;
  ///   ``Planwright/StorageError/Code/suspended`` while the store is suspended;
  ///   ``Planwright/StorageError/Code/full``, ``Planwright/StorageError/Code/inputOutput`` and
  ///   other errors of ``Planwright/StorageError`` if the log cannot be copied.
  public func checkpoint() throws -> CheckpointReport {
    let log = engine.log
    return try alone("copying the log of") { try log.copyAndTruncate($0) }
  }
}

extension SQLiteStore: IntegrityChecking {
  /// Checks the database for damage and reports at most 100 problems.
  ///
  /// `quick` does not compare each index with its table, the counts of plans with the plans, or the
  /// events of each plan with the order in which they were appended. Takes as long as reading the
  /// file; writers continue during the check.
  ///
  /// - Throws: ``Planwright/StorageError/Code/closed`` after `close`;
  ///   ``Planwright/StorageError/Code/nestedUnitOfWork`` inside a body of this store;
  ///   ``Planwright/StorageError/Code/suspended`` while the store is suspended; other errors of
  ///   ``Planwright/StorageError`` if the check itself is not possible.
  public func integrityCheck(quick: Bool = false) throws -> IntegrityReport {
    try using("checking") {
      try engine.inspect("checking") { connection in try connection.checkIntegrity(quick: quick) }
    }
  }
}

extension SQLiteConnection {
  /// Checks the database for damage and reports at most 100 problems.
  func checkIntegrity(quick: Bool) throws(StorageError) -> IntegrityReport {
    let limit = 100
    var problems: [String] = []
    var query = try query(
      once: quick ? "PRAGMA quick_check(100)" : "PRAGMA integrity_check(100)")
    while try query.next() { problems.append(query.text()) }
    if problems == ["ok"] { problems = [] }
    var orphans = try self.query(once: "PRAGMA foreign_key_check")
    while problems.count < limit, try orphans.next() {
      problems.append("a row of table \(orphans.text()) refers to a row that does not exist")
    }
    // A backup may have an older schema, which keeps nothing twice.
    let isCurrent = try number("PRAGMA user_version") == Migration.current
    if !quick, isCurrent, problems.isEmpty { problems = try inconsistencies(limit) }
    return IntegrityReport(problems: problems, isTruncated: problems.count >= limit)
  }
}

extension SQLiteStore: SchemaMigrating {
  /// Returns the state of the schema, which another process may have migrated after opening.
  ///
  /// - Throws: ``Planwright/StorageError/Code/closed`` after `close`;
  ///   ``Planwright/StorageError/Code/nestedUnitOfWork`` inside a body of this store;
  ///   ``Planwright/StorageError/Code/suspended`` while the store is suspended; other errors of
  ///   ``Planwright/StorageError`` if the database cannot be read.
  public func schema() throws -> SchemaState {
    try using("reading the schema of") { try engine.schema() }
  }

  /// Runs the pending migrations; after opening there are none, unless the schema was replaced.
  ///
  /// - Throws: ``Planwright/StorageError/Code/schemaTooNew`` for a schema that this software does
  ///   not support; ``Planwright/StorageError/Code/closed`` after `close`;
  ///   ``Planwright/StorageError/Code/nestedUnitOfWork`` inside a body of this store;
  ///   ``Planwright/StorageError/Code/suspended`` while the store is suspended; other errors of
  ///   ``Planwright/StorageError`` if a migration fails, which is then rolled back.
  public func migrate() throws -> SchemaState {
    try using("migrating") { try engine.migrate() }
  }
}
