public import PlanDomain
import PlanStorage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The engine that callers of one path share, with its lease of the file at that path.
struct SharedEngine: Sendable {
  let engine: SQLiteEngine
  /// The lease of the engine by its file; nil for a private database.
  let fileLease: EngineLease<SQLiteEngine>?
}

/// Shares one engine for each SQLite database in a process, whatever path leads to it.
///
/// Units of work and migrations both get their engine here. A caller waits only while its own
/// database is opened, migrated or closed. Safe to use from any thread; calls may block.
public final class SQLiteEngineRegistry: Sendable {
  /// The default registry of this process.
  public static let shared = SQLiteEngineRegistry()

  /// The identity of an open database; two paths may lead to one file.
  private enum OpenDatabase: Hashable, Sendable, CustomStringConvertible {
    case file(FileIdentity)
    case named(DatabaseIdentity)

    var description: String {
      if case .named(let identity) = self { identity.subject } else { "file" }
    }
  }

  // Two registries, because the identity of a file is known only after it was opened. The resolved
  // path (a directory and a name in it) is known before, even if the file does not exist: of
  // several callers with one path, the first opens the database and the others wait for it. Where
  // names ignore case or a directory is mounted twice, two paths can still lead to one file: the
  // second registry then returns the engine that is already open.
  let enginesByPath = EngineRegistry<DatabaseIdentity, SharedEngine>()
  private let enginesByFile = EngineRegistry<OpenDatabase, SQLiteEngine>()
  let probes: SQLiteEngine.Probes
  /// The logs of databases that were moved, replaced or deleted while they were open here.
  private let leftBehind = Locked<[DatabaseIdentity: StaleLogFiles]>([:])

  /// Creates a registry without engines.
  public convenience init() { self.init(probes: SQLiteEngine.Probes()) }

  init(probes: SQLiteEngine.Probes) { self.probes = probes }

  /// Opens the database in the file at this path; creates the file when it does not exist.
  ///
  /// A new file is readable and writable by its owner only. If the database is already open, checks
  /// that its files are still in place; if they are not, the open engine is terminated, and the
  /// file that is now at the path is opened once the running bodies of that engine have finished.
  /// Blocks the calling thread.
  ///
  /// - Throws: ``Planwright/StorageError/Code/conflictingOpen`` if the database is open in this
  ///   process with other options; ``Planwright/StorageError/Code/invalidLocation`` for a path that
  ///   names no file of a database; ``Planwright/StorageError/Code/cannotOpen`` or
  ///   ``Planwright/StorageError/Code/readOnly`` if the file cannot be opened or written;
  ///   ``Planwright/StorageError/Code/notAStore`` for a file of something else;
  ///   ``Planwright/StorageError/Code/schemaTooNew`` if a newer version wrote it;
  ///   ``Planwright/StorageError/Code/busy`` if another process keeps it locked;
  ///   ``Planwright/StorageError/Code/forked`` in a forked child process; other errors of
  ///   ``Planwright/StorageError`` if it cannot be used.
  public func open(_ path: String, _ options: SQLiteOptions = .standard) throws -> SQLiteStore {
    try open(try DatabaseIdentity.file(at: path), options)
  }

  /// Opens the database in the file at this path, which must exist.
  ///
  /// - Throws: ``Planwright/StorageError/Code/cannotOpen`` if it does not; otherwise
  ///   ``Planwright/StorageError`` as ``open(_:_:)`` does.
  public func openExisting(
    _ path: String, _ options: SQLiteOptions = .standard
  ) throws -> SQLiteStore {
    let identity = try DatabaseIdentity.file(at: path)
    guard try identity.fileIdentity() != nil else {
      throw StorageError(
        .cannotOpen, operation: "opening", subject: identity.subject,
        reason: "there is no such file")
    }
    return try open(identity, options)
  }

  /// Opens the in-memory database of this name, shared in the process; without a name, a private
  /// one.
  ///
  /// - Throws: ``Planwright/StorageError/Code/invalidLocation`` unless the name is 1…128 bytes of
  ///   printable ASCII without `?` and `#`; ``Planwright/StorageError/Code/forked`` in a forked
  ///   child process; other errors of ``Planwright/StorageError`` if there is no memory for it.
  public func openMemory(named name: String? = nil) throws -> SQLiteStore {
    try open(try name.map(Self.memory) ?? .privateMemory, Self.memoryOptions)
  }

  private static let memoryOptions = SQLiteOptions(durability: .normal)

  private static func memory(named name: String) throws(StorageError) -> DatabaseIdentity {
    try InMemoryNameRule.check(name)
    if name.contains("?") || name.contains("#") {
      throw StorageError(
        .invalidLocation, operation: "opening", subject: "an in-memory database",
        reason: "its name contains '?' or '#', which begin options and fragments in a location",
        advice: "choose another name")
    }
    return .memory(name: name)
  }

  /// Runs the pending migrations of the database at this path and returns the state of its schema.
  ///
  /// Opening does the same; this method is for hosts that migrate, and handle errors, separately.
  /// Blocks the calling thread.
  ///
  /// - Throws: ``Planwright/StorageError`` as ``open(_:_:)`` does.
  public func migrate(_ path: String, _ options: SQLiteOptions = .standard) throws -> SchemaState {
    try migrate(try DatabaseIdentity.file(at: path), options)
  }

  /// Runs the pending migrations of the in-memory database of this name.
  ///
  /// A database that is not open is created and ends with this call.
  func migrateMemory(named name: String) throws -> SchemaState {
    try migrate(try Self.memory(named: name), Self.memoryOptions)
  }

  private func migrate(
    _ identity: DatabaseIdentity, _ options: SQLiteOptions
  ) throws -> SchemaState {
    let store = try open(identity, options)
    defer { store.release() }
    return SchemaState(version: store.engine.schemaVersion, of: probes.migrations)
  }

  /// Returns the version of the schema of the database at this path; changes nothing.
  ///
  /// Throws the same errors as `SchemaInspection.state`.
  func schema(at path: String, timeout: Duration) throws -> SchemaState {
    try schema(of: try DatabaseIdentity.file(at: path), timeout)
  }

  /// Returns the version of the schema of the in-memory database of this name; 0 when it is not
  /// open.
  func schema(ofMemoryNamed name: String) throws -> SchemaState {
    try schema(of: try Self.memory(named: name), .zero)
  }

  private func schema(of identity: DatabaseIdentity, _ timeout: Duration) throws -> SchemaState {
    let inspection = SchemaInspection(
      identity: identity, migrations: probes.migrations, timeout: timeout)
    while true {
      // An exclusive database can only be read through its engine.
      if let lease = try enginesByPath.leaseIfOpen(identity) {
        defer { lease.release() }
        let engine = lease.engine.engine
        // A terminated engine has lost its files: the file at the path belongs to another database.
        return try engine.isTerminated() ? inspection.state() : engine.schema()
      }
      // SQLite shares the log's index among all connections of a process: an engine that is opened
      // during an inspection would get a read-only index.
      if let state = try enginesByPath.whileClosed(identity, inspection.state) { return state }
    }
  }

  private func open(_ identity: DatabaseIdentity, _ options: SQLiteOptions) throws -> SQLiteStore {
    let lease = try lease(identity, options)
    guard lease.engine.engine.options == options else {
      lease.release()
      throw StorageError(
        .conflictingOpen, operation: "opening", subject: identity.subject,
        reason: "it is open in this process with other options")
    }
    return SQLiteStore(lease)
  }

  private func lease(
    _ identity: DatabaseIdentity, _ options: SQLiteOptions
  ) throws -> EngineLease<SharedEngine> {
    if identity == .privateMemory {
      let connection = try connect(identity, options)
      let engine = try SQLiteEngine(identity, options, on: connection, probes: probes)
      return EngineLease(SharedEngine(engine: engine, fileLease: nil)) { engine.shutDown() }
    }
    while true {
      let lease = try enginesByPath.lease(identity) {
        let fileLease = try open(engineAt: identity, options)
        return SharedEngine(engine: fileLease.engine, fileLease: fileLease)
      } close: { located in
        located.fileLease?.release()
      }
      let engine = lease.engine.engine
      if !engine.isTerminated() { return lease }
      // The new engine is created after the old one is closed: if a process has a file open twice,
      // closing one descriptor releases the locks of both.
      keep(try engine.waitUntilClosed(), of: engine)
      if let file = engine.fileIdentity { enginesByFile.retire(.file(file)) { $0 === engine } }
      enginesByPath.retire(identity) { $0.engine === engine }
      lease.release()
    }
  }

  private func open(
    engineAt identity: DatabaseIdentity, _ options: SQLiteOptions
  ) throws -> EngineLease<SQLiteEngine> {
    leftBehind.withLock { $0.removeValue(forKey: identity) }?.setAside()
    // Checks, before the file is used, that it is a regular file with one name.
    if try identity.fileIdentity() == nil, let path = identity.path {
      _ = DatabaseIdentity.makeFile(path)
    }
    let connection = try connect(identity, options)
    var isEngine = false
    // The initializer of an engine closes the connection when it throws.
    defer { if !isEngine { connection.close() } }
    let database = try identity.fileIdentity().map { OpenDatabase.file($0) } ?? .named(identity)
    return try enginesByFile.lease(database) {
      isEngine = true
      return try SQLiteEngine(identity, options, on: connection, probes: probes)
    } close: { [weak self] engine in
      let files = engine.shutDown()
      self?.keep(files, of: engine)
    }
  }

  /// Remembers the log that an engine left at a path where its database is no longer.
  private func keep(_ files: StaleLogFiles, of engine: SQLiteEngine) {
    if !files.isEmpty { leftBehind.withLock { $0[engine.identity] = files } }
  }

  private func connect(
    _ identity: DatabaseIdentity, _ options: SQLiteOptions
  ) throws(StorageError) -> SQLiteConnection {
    try SQLiteConnection(
      path: identity.path ?? "", identity.path == nil ? .privateMemory : .readWrite,
      waiting: options.busyTimeout, subject: identity.subject)
  }
}
