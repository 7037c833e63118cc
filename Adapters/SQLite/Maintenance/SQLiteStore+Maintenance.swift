public import PlanDomain
public import PlanStorage

extension SQLiteStore: LogCheckpointing {
  /// Copies the write-ahead log into the database file and truncates it, as far as readers allow.
  ///
  /// Happens by itself from time to time; `info` has what failed then. Throws `StorageError`.
  public func checkpoint() throws -> CheckpointReport {
    let log = engine.log
    return try alone("copying the log of") { try log.cutOff($0) }
  }
}

extension SQLiteStore: IntegrityChecking {
  /// Looks for damage; at most 100 problems are reported.
  ///
  /// Quick means without comparing every index with its table. Takes as long as reading the file;
  /// writers go on meanwhile. Throws `StorageError` when the check itself is not possible.
  public func integrityCheck(quick: Bool = false) throws -> IntegrityReport {
    let limit = 100
    return try using("checking") {
      try engine.inspect("checking") { connection in
        var problems: [String] = []
        var query = try connection.query(
          once: quick ? "PRAGMA quick_check(100)" : "PRAGMA integrity_check(100)")
        while try query.next() { problems.append(query.text()) }
        if problems == ["ok"] { problems = [] }
        var orphans = try connection.query(once: "PRAGMA foreign_key_check")
        while problems.count < limit, try orphans.next() {
          problems.append("a row of \(orphans.text()) refers to nothing")
        }
        return IntegrityReport(problems: problems, isTruncated: problems.count >= limit)
      }
    }
  }
}

extension SQLiteStore: SchemaMigrating {
  /// Reads the version of the schema, in which another process may have made a further step.
  ///
  /// Throws `StorageError`.
  public func schema() throws -> SchemaState {
    try using("reading the schema of") { try engine.schema() }
  }

  /// Runs the pending migrations; none are left after opening, unless the schema was replaced.
  ///
  /// Throws `StorageError`, `schemaTooNew` for one that this software does not support.
  public func migrate() throws -> SchemaState {
    try using("migrating") { try engine.migrate() }
  }
}
