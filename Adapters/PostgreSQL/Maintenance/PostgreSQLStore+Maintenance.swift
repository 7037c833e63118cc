public import PlanDomain
public import PlanStorage

extension PostgreSQLStore: StoreDescribing {
  /// Returns the current state of the store: its server, options, sizes and warnings.
  ///
  /// - Throws: ``Planwright/StorageError`` as ``read(_:)`` does.
  public func info() throws -> StoreInfo {
    try using("describing") { connection in
      let rows = try connection.rows(
        "describing", SQL.describe, [.text(engine.identity.schema)])
      let (version, commits) = (try rows.text(0, 0), try rows.text(0, 1))
      let counts = engine.pool.counts
      return StoreInfo(
        path: nil, library: "PostgreSQL", libraryVersion: version,
        options: [
          "schema": engine.identity.schema, "connections": "\(engine.pool.limit)",
          "synchronous_commit": commits, "encryption": connection.encryption ?? "none",
        ],
        schemaVersion: engine.probes.migrations.count,
        databaseBytes: Int(clamping: try rows.int(0, 2)),
        openReaders: counts.idle + counts.lent,
        warnings: Self.warnings(commits: commits, disk: try rows.text(0, 3)))
    }
  }

  private static func warnings(commits: String, disk: String) -> [String] {
    var warnings: [String] = []
    if commits == "off" {
      warnings.append(
        """
        synchronous_commit is off: acknowledged units of work can be lost when the server fails; \
        set it to on
        """)
    }
    if disk != "on on" {
      warnings.append(
        """
        fsync or full_page_writes is off: the whole store can be lost when the machine of the \
        server fails; set both to on
        """)
    }
    return warnings
  }
}

extension PostgreSQLStore: IntegrityChecking {
  /// Checks that what the schema keeps twice agrees, and reports at most 100 problems.
  ///
  /// The server checks its files by itself, with checksums if the cluster has them. `quick` checks
  /// nothing but that the store can be read. Takes as long as reading the store; writers continue.
  ///
  /// - Throws: ``Planwright/StorageError`` if the check itself is not possible.
  public func integrityCheck(quick: Bool = false) throws -> IntegrityReport {
    try using("checking") { connection in
      let limit = 100
      if quick {
        _ = try connection.rows("checking", SQL.migrations)
        return IntegrityReport(problems: [], isTruncated: false)
      }
      let rows = try connection.longRows("checking", SQL.inconsistencies, [.int(limit)])
      var problems: [String] = []
      for row in 0..<rows.count { problems.append(try rows.text(row, 0)) }
      return IntegrityReport(problems: problems, isTruncated: problems.count >= limit)
    }
  }
}

extension PostgreSQLStore: SchemaMigrating {
  /// Returns the state of the schema, which another process may have migrated after opening.
  ///
  /// - Throws: ``Planwright/StorageError`` as ``read(_:)`` does.
  public func schema() throws -> SchemaState {
    try using("reading the schema of") { try migrator($0).state() }
  }

  /// Runs the pending migrations; after opening there are none, unless the schema was replaced.
  ///
  /// - Throws: ``Planwright/StorageError/Code/schemaTooNew`` for a schema that this software does
  ///   not support; otherwise ``Planwright/StorageError`` as ``read(_:)`` does.
  public func migrate() throws -> SchemaState {
    try using("migrating") { try migrator($0).run() }
  }

  private func migrator(_ connection: PostgreSQLConnection) -> Migrator {
    Migrator(connection, schema: engine.identity.schema, engine.probes.migrations)
  }
}
