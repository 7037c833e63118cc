public import PlanDomain
import PlanStorage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The engine that callers share who ask by one path, and its lease of the file behind that path.
struct SharedEngine: Sendable {
  let engine: SQLiteEngine
  /// Keeps the engine open for other paths of the same file; nil for a private database.
  let fileLease: EngineLease<SQLiteEngine>?
}

/// One engine for each SQLite database in a process, however it is spelled and however many threads
/// ask at once.
///
/// Units of work and migrations both get their engine here and nowhere else. Opening, migrating and
/// closing delay nobody who wants another database. Safe to use from any thread; a caller may block.
public final class SQLiteEngineRegistry: Sendable {
  /// The one that everyone means who names none.
  public static let shared = SQLiteEngineRegistry()

  /// What a database is, once it is open: names may differ by case, or by what is mounted where.
  private enum OpenDatabase: Hashable, Sendable, CustomStringConvertible {
    case file(FileIdentity)
    case named(DatabaseIdentity)

    var description: String {
      if case .named(let identity) = self { identity.subject } else { "file" }
    }
  }

  // Two registries, because the file is known only after it was opened. The resolved path, a directory
  // and a name in it, is known before, also for a file that does not exist yet: the first of many
  // callers with one path opens the database, and the others wait for that call. Two paths can lead to
  // one file all the same, where names ignore case or a directory is mounted twice: the second
  // registry gives them the engine of the file that is open already.
  private let enginesByPath = EngineRegistry<DatabaseIdentity, SharedEngine>()
  private let enginesByFile = EngineRegistry<OpenDatabase, SQLiteEngine>()
  private let probes: SQLiteEngine.Probes
  /// What databases have left behind that were moved, replaced or deleted while they were open here.
  private let leftBehind = Locked<[DatabaseIdentity: LeftBehindFiles]>([:])

  /// A registry without engines.
  public convenience init() { self.init(probes: SQLiteEngine.Probes()) }

  init(probes: SQLiteEngine.Probes) { self.probes = probes }

  /// Opens the database in the file at this path, which is made when it is not there, readable and
  /// writable by its owner alone.
  ///
  /// Looks whether a store that is open already still has its files; when it has not, that one is
  /// over, and what is at the path now is opened, once the bodies under way in the other have ended.
  /// Throws `StorageError`: `conflictingOpen` when it is open in this process with other options;
  /// `cannotOpen`, `invalidLocation`, `notAStore`, `schemaTooNew`, `readOnly`, `busy` and others
  /// when it cannot be used.
  public func open(_ path: String, _ options: SQLiteOptions = .standard) throws -> SQLiteStore {
    try open(try DatabaseIdentity.file(at: path), options)
  }

  /// Opens the database in the file at this path, which must be there.
  ///
  /// Throws `cannotOpen` when it is not, and otherwise as `open` does.
  public func openExisting(
    _ path: String, _ options: SQLiteOptions = .standard
  ) throws -> SQLiteStore {
    let identity = try DatabaseIdentity.file(at: path)
    guard try identity.fileNumber() != nil else {
      throw StorageError(
        .cannotOpen, operation: "opening", subject: identity.subject,
        reason: "there is no such file")
    }
    return try open(identity, options)
  }

  /// Opens the database in memory of this name, one for everyone in the process, or, without a
  /// name, one of its own.
  ///
  /// Throws `StorageError` (`invalidLocation`) unless the name is 1…128 bytes of printable ASCII.
  public func openMemory(named name: String? = nil) throws -> SQLiteStore {
    try open(try name.map(Self.memory) ?? .privateMemory, Self.memoryOptions)
  }

  private static let memoryOptions = SQLiteOptions(durability: .normal)

  private static func memory(named name: String) throws(StorageError) -> DatabaseIdentity {
    try InMemoryName.check(name)
    return .memory(name: name)
  }

  /// Brings the schema of the database at this path up to date, and returns its state after that.
  ///
  /// Opening does the same; this is for hosts that want it done, and its errors, at a time of their
  /// own. Throws as `open` does.
  public func migrate(_ path: String, _ options: SQLiteOptions = .standard) throws -> SchemaState {
    try migrate(try DatabaseIdentity.file(at: path), options)
  }

  /// Brings the schema of the database in memory of this name up to date; one that nobody else has
  /// open ends with this call.
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

  /// Reads the version of the schema of the database at this path, and changes nothing.
  ///
  /// Throws as `SchemaInspection.state` does.
  func schema(at path: String, patience: Duration) throws -> SchemaState {
    try schema(of: try DatabaseIdentity.file(at: path), patience)
  }

  /// Reads the version of the schema of the database in memory of this name; 0 when nobody has it
  /// open.
  func schema(ofMemoryNamed name: String) throws -> SchemaState {
    try schema(of: try Self.memory(named: name), .zero)
  }

  private func schema(of identity: DatabaseIdentity, _ patience: Duration) throws -> SchemaState {
    let inspection = SchemaInspection(
      identity: identity, migrations: probes.migrations, patience: patience)
    while true {
      // One that is open for this process alone could not be read in any other way.
      if let lease = try enginesByPath.leaseIfOpen(identity) {
        defer { lease.release() }
        let engine = lease.engine.engine
        // One that is over has lost its files: those at the path are not its own.
        return try engine.isOver() ? inspection.state() : engine.schema()
      }
      // SQLite shares the log's index among all connections of a process: an engine that is opened
      // during an inspection would find it read-only.
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
      if !engine.isOver() { return lease }
      // Only once it is closed is another one made: two that have one file open in a process give up
      // each other's locks.
      keep(try engine.waitUntilClosed(), of: engine)
      if let number = engine.fileNumber { enginesByFile.retire(.file(number)) { $0 === engine } }
      enginesByPath.retire(identity) { $0.engine === engine }
      lease.release()
    }
  }

  private func open(
    engineAt identity: DatabaseIdentity, _ options: SQLiteOptions
  ) throws -> EngineLease<SQLiteEngine> {
    leftBehind.withLock { $0.removeValue(forKey: identity) }?.putAside()
    // What is there must be a file with one name, before anything is done to it.
    if try identity.fileNumber() == nil, let path = identity.path {
      _ = DatabaseIdentity.makeFile(path)
    }
    let connection = try connect(identity, options)
    var isEngine = false
    // An engine that cannot be made closes its connection itself.
    defer { if !isEngine { connection.close() } }
    let database = try identity.fileNumber().map { OpenDatabase.file($0) } ?? .named(identity)
    return try enginesByFile.lease(database) {
      isEngine = true
      return try SQLiteEngine(identity, options, on: connection, probes: probes)
    } close: { [weak self] engine in
      let files = engine.shutDown()
      self?.keep(files, of: engine)
    }
  }

  /// Remembers what an engine has left behind at a place that is its no more.
  private func keep(_ files: LeftBehindFiles, of engine: SQLiteEngine) {
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
