public import PlanDomain
import PlanStorage

/// Shares one engine for each store on a PostgreSQL server in a process, whatever location names it.
///
/// A store is identified by what the server says: the identifier of its cluster, the database and the
/// schema. Safe to use from any thread; calls may block.
public final class PostgreSQLEngineRegistry: Sendable {
  /// The default registry of this process.
  public static let shared = PostgreSQLEngineRegistry()

  private let engines = EngineRegistry<DatabaseIdentity, PostgreSQLEngine>()
  private let library = Locked<PostgreSQLLibrary?>(nil)
  let probes: PostgreSQLEngine.Probes

  /// Creates a registry without engines.
  public convenience init() { self.init(probes: PostgreSQLEngine.Probes()) }

  init(probes: PostgreSQLEngine.Probes) { self.probes = probes }

  /// Opens the store at this location; creates its schema when it does not exist.
  ///
  /// Runs pending migrations unless the location ends in `migrate=false`. Waits up to 30 seconds for
  /// a server that is starting.
  ///
  /// - Throws: ``Planwright/StorageError/Code/invalidLocation`` for a text that is no location;
  ///   ``Planwright/StorageError/Code/unavailable`` if libpq is not installed or the server cannot be
  ///   reached; ``Planwright/StorageError/Code/cannotOpen`` if the role may not do what is needed;
  ///   ``Planwright/StorageError/Code/unsupported`` for a server before PostgreSQL 13, or a pooler
  ///   that gives each transaction another session; ``Planwright/StorageError/Code/notAStore`` for a
  ///   schema of something else; ``Planwright/StorageError/Code/schemaTooNew`` for one of a later
  ///   version; other errors of ``Planwright/StorageError``.
  public func open(_ location: String) throws -> PostgreSQLStore {
    try open(location, mustExist: false)
  }

  /// Opens the store at this location, whose schema must exist.
  ///
  /// - Throws: ``Planwright/StorageError/Code/cannotOpen`` if it does not; otherwise
  ///   ``Planwright/StorageError`` as ``open(_:)`` does.
  public func openExisting(_ location: String) throws -> PostgreSQLStore {
    try open(location, mustExist: true)
  }

  /// Opens the store at this location, whose schema must exist and be current, for reading only.
  ///
  /// Changes nothing.
  ///
  /// - Throws: ``Planwright/StorageError/Code/readOnly`` for a schema with pending migrations;
  ///   otherwise ``Planwright/StorageError`` as ``openExisting(_:)`` does.
  public func openReadOnly(_ location: String) throws -> PostgreSQLReadOnlyStore {
    let state = try schema(location)
    guard state.pending.isEmpty || state.current == 0 else {
      throw StorageError(
        .readOnly, operation: "opening", subject: "store \(LocationText.redacted(location))",
        reason: "its schema has version \(state.current) of \(state.supported)",
        advice: "run the pending migrations first")
    }
    return PostgreSQLReadOnlyStore(try openExisting(location))
  }

  /// Runs the pending migrations of the store at this location and returns the state of its schema.
  ///
  /// For hosts whose role may not create tables when they run.
  ///
  /// - Throws: ``Planwright/StorageError`` as ``open(_:)`` does.
  public func migrate(_ location: String) throws -> SchemaState {
    let opening = try Opening(location, try loadedLibrary())
    return try opening.withConnection { connection in
      try Migrator(connection, schema: opening.location.schema, probes.migrations).run()
    }
  }

  /// Returns the version of the schema of the store at this location; changes nothing.
  ///
  /// - Throws: ``Planwright/StorageError`` as ``open(_:)`` does, except
  ///   ``Planwright/StorageError/Code/schemaTooNew``.
  public func schema(_ location: String) throws -> SchemaState {
    let opening = try Opening(location, try loadedLibrary())
    return try opening.withConnection { connection in
      try Migrator(connection, schema: opening.location.schema, probes.migrations).state()
    }
  }

  private func open(_ text: String, mustExist: Bool) throws -> PostgreSQLStore {
    let opening = try Opening(text, try loadedLibrary())
    let lease = try opening.withConnection { connection in
      let inspection = try SchemaInspection(of: opening.location.schema, on: connection)
      var isNew = false
      let lease = try engines.lease(inspection.identity) {
        isNew = true
        return try engine(opening, connection, inspection, mustExist: mustExist)
      } close: { engine in
        engine.shutDown()
      }
      if !isNew { try lease.engine.checkServer(of: connection) }
      return lease
    }
    return PostgreSQLStore(lease)
  }

  private func engine(
    _ opening: Opening, _ connection: PostgreSQLConnection, _ inspection: SchemaInspection,
    mustExist: Bool
  ) throws -> PostgreSQLEngine {
    let location = opening.location
    let migrator = Migrator(connection, schema: location.schema, probes.migrations)
    let state = try migrator.state()
    try migrator.refuseNewer(state)
    if mustExist, state.current == 0 {
      throw StorageError(
        .cannotOpen, operation: "opening", subject: connection.subject,
        reason: "there is no store in the schema '\(location.schema)'")
    }
    if !state.isUpToDate {
      guard location.migrates else {
        throw StorageError(
          .cannotOpen, operation: "opening", subject: connection.subject,
          reason: "its schema has version \(state.current) of \(state.supported)",
          advice: "run the pending migrations, or leave migrate=false out")
      }
      _ = try migrator.run()
    }
    let migrated = try SchemaInspection(of: location.schema, on: connection)
    guard migrated.hasSchema else {
      throw StorageError(
        .cannotOpen, operation: "opening", subject: connection.subject,
        reason: "its schema was removed while it was opened")
    }
    return PostgreSQLEngine(
      inspection.identity, location,
      PostgreSQLPool(opening.connector, limit: location.connections),
      position: try connection.rows("opening", SQL.highestPosition).int(0, 0), probes: probes)
  }

  private func loadedLibrary() throws(StorageError) -> PostgreSQLLibrary {
    try library.withLock { (library) throws(StorageError) in
      if let library { return library }
      let loaded = try PostgreSQLLibrary()
      library = loaded
      return loaded
    }
  }
}

/// What is needed to connect to one location.
private struct Opening {
  let location: PostgreSQLLocation
  let connector: PostgreSQLConnector

  /// How long opening waits for a server that is starting.
  private static let limit = Duration.seconds(30)

  init(_ text: String, _ library: PostgreSQLLibrary) throws(StorageError) {
    location = try PostgreSQLLocation(text)
    connector = try PostgreSQLConnector(
      location, library: library, settings: Self.settings(schema: location.schema))
  }

  /// The settings of each connection.
  ///
  /// Names are found in the schema of the store only. All statements find their rows in an index, so
  /// one plan of each is enough, and no scan of a whole table is better, even where the statistics
  /// are old. The first run of a unit of work waits for a lock for a short time only: it may be a
  /// deadlock, and the next run locks what it needs in one order.
  private static func settings(schema: String) -> [(name: String, value: String)] {
    [
      ("search_path", "\(schema), pg_temp"), ("jit", "off"), ("enable_seqscan", "off"),
      ("plan_cache_mode", "force_generic_plan"), ("statement_timeout", "0"),
      ("lock_timeout", "100ms"), ("default_transaction_isolation", "read committed"),
      // A commit warns when its wait for a synchronous standby was cancelled.
      ("client_min_messages", "warning"),
    ]
  }

  func withConnection<R>(_ body: (PostgreSQLConnection) throws -> R) throws -> R {
    try PoolerCheck(connector: connector).check(within: Self.limit)
    let connection = try connector.connect(within: Self.limit)
    defer { connection.close() }
    return try body(connection)
  }
}
