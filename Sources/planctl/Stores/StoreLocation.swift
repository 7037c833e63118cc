import Foundation
import Planwright

/// The store that a command uses: of `--store`, else of the environment, else of the user.
struct StoreLocation: Sendable {
  static let help = """
    Plans are stored in one store. A command uses the first of these that is there:

      --store LOCATION      on the command line
      PLANWRIGHT_STORE      in the environment
      plans.db              in the user's data directory: $XDG_DATA_HOME/planwright, else
                            ~/.local/share/planwright; on macOS in Application Support

    A location is sqlite:FILE. memory: and memory:NAME are stores that end with the process, so
    that only 'run' can use them. The commands that only look do not create a store.

      planctl list --store sqlite:plans.db
      PLANWRIGHT_STORE=sqlite:/srv/plans.db planctl list --state errored

    """

  let text: String
  let backend: StorageBackend
  /// Whether it is the user's own store, whose folder is created with it.
  private let isDefault: Bool
  /// The folder of the user's own store.
  private let directory: String

  /// Finds the location; throws `StorageError` (`invalidLocation`) when it cannot be read.
  init(_ words: CommandWords, _ context: CommandContext) throws {
    directory = DataDirectory.path(context.environment)
    let given =
      words.value(of: "--store")
      ?? context.environment["PLANWRIGHT_STORE"].flatMap { $0.isEmpty ? nil : $0 }
    isDefault = given == nil
    if let given {
      text = given
      backend = try StorageBackend(location: given)
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

  /// Opens a store that exists; throws as `checkExists` does, and `StorageError`.
  func openExisting() throws -> PlanSystem {
    try checkExists()
    return try PlanSystem.open(backend)
  }

  /// Throws `CommandError` unless the location is a store that exists; changes nothing.
  func checkExists() throws {
    // The folder of the user's own store is created with the store.
    guard !isDefault || FileManager.default.fileExists(atPath: directory) else { throw missing }
    let isThere: Bool
    do { isThere = try PlanSystem.schema(of: backend).current > 0 } catch let error as StorageError
      where error.code == .unsupported
    {
      throw CommandError(
        .usage,
        "the store '\(text)' ends with its process, so there is nothing in it; use sqlite:FILE")
    }
    guard isThere else { throw missing }
  }

  private var missing: CommandError {
    CommandError(
      .notFound,
      "there is no store at '\(text)'; name it with --store or PLANWRIGHT_STORE, or create it "
        + "with 'planctl action create' or 'planctl run'")
  }

  // Neither inlined nor specialized, here and below: the optimizer of Swift 6.3 crashes otherwise.
  /// Opens a store that exists, calls the body, and closes it again.
  @inline(never) @_semantics("optimize.sil.specialize.generic.never")
  func withExisting<R>(_ body: (PlanSystem) async throws -> R) async throws -> R {
    try await using(try openExisting(), body)
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
