public import PlanDomain
import PlanStorage

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The engine of a database at a place, with the lease that it shares with other places of one file.
struct LocatedEngine: Sendable {
  let engine: SQLiteEngine
  /// Nil for a private database, which has no other place.
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

  // There are two because what a database is shows only once it is open. Where it is (a directory and
  // a name) is known before that, also for a file that does not exist yet: by it the first of many
  // callers opens the database, and all others wait for that one. Two places can be one file all the
  // same, as names that differ by case, or by what is mounted where: by the file that was opened they
  // come to share one engine.
  private let enginesByPlace = EngineRegistry<DatabaseIdentity, LocatedEngine>()
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
    guard (1...128).contains(name.utf8.count), name.utf8.allSatisfy({ 0x20...0x7E ~= $0 }) else {
      throw StorageError(
        .invalidLocation, operation: "opening", subject: "a database in memory",
        reason: "its name must be 1 to 128 bytes of printable ASCII")
    }
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
    // One that is open for this process alone could not be read in any other way.
    if let lease = try enginesByPlace.leaseIfOpen(identity) {
      defer { lease.release() }
      let engine = lease.engine.engine
      if !engine.isOver() { return try engine.schema() }
    }
    return try SchemaInspection(
      identity: identity, migrations: probes.migrations, patience: patience
    ).state()
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
  ) throws -> EngineLease<LocatedEngine> {
    if identity == .privateMemory {
      let connection = try connect(identity, options)
      let engine = try SQLiteEngine(identity, options, on: connection, probes: probes)
      return EngineLease(LocatedEngine(engine: engine, fileLease: nil)) { engine.shutDown() }
    }
    while true {
      let lease = try enginesByPlace.lease(identity) {
        let fileLease = try open(engineAt: identity, options)
        return LocatedEngine(engine: fileLease.engine, fileLease: fileLease)
      } close: { located in
        located.fileLease?.release()
      }
      let engine = lease.engine.engine
      if !engine.isOver() { return lease }
      // Only once it is closed is another one made: two that have one file open in a process give up
      // each other's locks.
      keep(try engine.waitUntilClosed(), of: engine)
      if let number = engine.fileNumber { enginesByFile.retire(.file(number)) { $0 === engine } }
      enginesByPlace.retire(identity) { $0.engine === engine }
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
