import Foundation
import Planwright

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The store that a command uses: of `--store`, else of the environment, else of the user.
struct StoreLocation: Sendable {
  static let help = """
    Plans are stored in one store. A command uses the first of these that is there:

      --store LOCATION      on the command line
      PLANWRIGHT_STORE      in the environment
      plans.db              in the user's data directory: $XDG_DATA_HOME/planwright, else
                            ~/.local/share/planwright; on macOS in Application Support

    A location is sqlite:FILE. memory: and memory:NAME are stores that end with the process, so
    that only 'run' can use them. The commands that only look create no store and change no byte
    of one; they also work where the file may only be read.

    postgresql://USER@HOST/DATABASE is a store in a PostgreSQL database, which many machines share;
    it needs libpq on this one. ?schema=NAME is the schema in it (planwright). Take the password
    from ~/.pgpass, not from the location, which other users can see. Backups of it are made with
    the programs of PostgreSQL.

    Beside the file is the folder FILE-work, in which programs work. Both belong to the user who
    created them. To share a store with a group, let the group write the file (chmod 660), its
    folder, and FILE-work if that exists already (chmod 770).

      planctl list --store sqlite:plans.db
      planctl list --store 'postgresql://planner@db.example/plans?sslmode=verify-full'
      PLANWRIGHT_STORE=sqlite:/srv/plans.db planctl list --state errored

    """

  /// The location for people, without a password.
  let text: String
  let backend: StorageBackend
  /// Whether it is the user's own store, whose folder is created with it.
  let isDefault: Bool
  /// The folder of the user's own store.
  private let directory: String

  /// Throws when the variable is not UTF-8: as a text it would name another file.
  private static func checkEncoding(of variable: String) throws(UsageError) {
    guard let bytes = getenv(variable), String(validatingCString: bytes) == nil else { return }
    throw UsageError(
      "the value of \(variable) in the environment is not UTF-8; use a path that is, or --store")
  }

  /// Finds the location; throws `StorageError` (`invalidLocation`) when it cannot be read, and
  /// `UsageError`.
  init(_ words: CommandWords, _ context: CommandContext) throws {
    directory = DataDirectory.path(context.environment)
    let isNamed = words.value(of: "--store") != nil
    for name in isNamed ? [] : ["PLANWRIGHT_STORE", "XDG_DATA_HOME", "HOME"] {
      try Self.checkEncoding(of: name)
    }
    let given =
      words.value(of: "--store")
      ?? context.environment["PLANWRIGHT_STORE"].flatMap { $0.isEmpty ? nil : $0 }
    isDefault = given == nil
    if let given {
      backend = try StorageBackend(location: given)
      let isServer = given.hasPrefix("postgresql:") || given.hasPrefix("postgres:")
      text = isServer ? "\(backend)" : given
    } else {
      let path = directory + "/plans.db"
      text = "sqlite:" + path
      backend = .sqlite(at: path)
    }
  }

  /// Opens the store, which is created if it does not exist.
  func open() throws -> PlanSystem {
    if isDefault { try DataDirectory.create(directory) }
    return try PlanSystem.open(backend)
  }

  /// Opens a store that exists, also one whose creation did not finish, which it finishes.
  ///
  /// Throws `CommandError` when there is none, and `StorageError`.
  func openExisting() throws -> PlanSystem {
    guard try exists() || isUnfinished else { throw missing }
    return try PlanSystem.open(backend)
  }

  /// Whether the location is a store that was created as a whole; changes nothing.
  ///
  /// Throws `CommandError` for a store that ends with its process.
  func exists() throws -> Bool {
    // The folder of the user's own store is created with the store.
    guard !isDefault || FileManager.default.fileExists(atPath: directory) else { return false }
    return try schema().current > 0
  }

  /// Whether the file of a store without a schema was begun: the disk was full, or the process killed.
  private var isUnfinished: Bool {
    guard !isDefault || FileManager.default.fileExists(atPath: directory) else { return false }
    do { try PlanSystem.openReadOnly(backend).close() } catch {
      return (error as? StorageError)?.code == .readOnly
    }
    return false
  }

  /// Throws `CommandError` for a store that ends with its process.
  func checkIsKept() throws { _ = try exists() }

  private func schema() throws -> SchemaState {
    do { return try PlanSystem.schema(of: backend) } catch let error as StorageError
      where error.code == .unsupported
    {
      throw CommandError(
        .usage,
        "the store '\(text)' ends with its process, so there is nothing in it; use sqlite:FILE")
    }
  }

  /// Puts a backup into the place of the store; throws `StorageError`.
  func restore(
    from backup: String, replacing: Bool,
    progress: @escaping @Sendable (Int, Int) throws -> Void
  ) throws {
    if isDefault { try DataDirectory.create(directory) }
    try PlanSystem.restore(backend, from: backup, replacing: replacing, progress: progress)
  }

  private var missing: CommandError {
    CommandError(
      .notFound,
      "there is no store at '\(text)'; name it with --store or PLANWRIGHT_STORE, or create it "
        + "with 'planctl action create' or 'planctl run'")
  }

  /// Opens a store that exists for reading only.
  ///
  /// Throws `CommandError` when there is none, when its creation did not finish, and when it was made
  /// by an older version; and `StorageError`.
  func openReadOnly() throws -> PlanSystem {
    guard try exists() else { throw isUnfinished ? unfinished : missing }
    do { return try PlanSystem.openReadOnly(backend) } catch let error as StorageError
      where error.code == .readOnly && isOutdated
    {
      throw CommandError(
        .conflict,
        "the store '\(text)' was made by an older version, and this command changes nothing; copy "
          + "its file, then bring it up to date with 'planctl store checkpoint --store \(text)'")
    }
  }

  private var unfinished: CommandError {
    CommandError(
      .conflict,
      "the creation of the store '\(text)' did not finish, for example because the disk was full; "
        + "there is nothing in it, and this command changes nothing: finish it with "
        + "'planctl store checkpoint --store \(text)'")
  }

  private var isOutdated: Bool {
    guard let schema = try? PlanSystem.schema(of: backend) else { return false }
    return !schema.pending.isEmpty
  }

  // Neither inlined nor specialized, here and below: the optimizer of Swift 6.3 crashes otherwise.
  /// Opens a store that exists, calls the body, and closes it again.
  @inline(never) @_semantics("optimize.sil.specialize.generic.never")
  func withExisting<R>(_ body: (PlanSystem) async throws -> R) async throws -> R {
    try await using(try openExisting(), body)
  }

  /// Opens a store that exists for reading only, calls the body, and closes it again.
  ///
  /// For commands that only look: nothing is changed, not a byte. `busy` within two seconds means
  /// that another process changed the file during a read; the body is then called again, unless it
  /// has shown something already (`repeats`).
  @inline(never) @_semantics("optimize.sil.specialize.generic.never")
  func reading<R>(
    repeats: Bool = true, _ body: (PlanSystem) async throws -> R
  ) async throws -> R {
    let start = ContinuousClock.now
    while true {
      do { return try await using(try openReadOnly(), body) } catch let error as StorageError
        where error.code == .busy && repeats && ContinuousClock.now - start < .seconds(2)
      {
        continue
      }
    }
  }

  /// Opens or creates the store, calls the body, and closes it again.
  @inline(never) @_semantics("optimize.sil.specialize.generic.never")
  func withStore<R>(_ body: (PlanSystem) async throws -> R) async throws -> R {
    try await using(try open(), body)
  }

  @inline(never) @_semantics("optimize.sil.specialize.generic.never")
  private func using<R>(
    _ system: PlanSystem, _ body: (PlanSystem) async throws -> R
  ) async throws -> R {
    let result: R
    do { result = try await body(system) } catch {
      try? system.close()
      throw error
    }
    try system.close()
    return result
  }
}
