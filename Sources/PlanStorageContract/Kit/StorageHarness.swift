public import PlanStorage

/// An adapter under test, as its author describes it.
///
/// ```swift
/// let harness = StorageHarness(
///   name: "journal",
///   traits: StorageTraits(latency: .blocking, isDurable: true, isSharedBetweenProcesses: false)
/// ) {
///   let path = newTemporaryPath()
///   return FreshStore(.journal(at: path)) { try? FileManager.default.removeItem(atPath: path) }
/// }
/// ```
public struct StorageHarness: Sendable {
  /// The name of the adapter in reports.
  public let name: String
  /// The traits of the adapter's stores; cases that need other traits are skipped.
  public let traits: StorageTraits
  /// Creates an empty store that no other case uses.
  public let fresh: @Sendable () throws -> FreshStore
  /// A program that writes to a store until it is killed; without one, a durable store fails
  /// `crash.program`.
  public let crashSubject: CrashSubjectProgram?

  /// Describes an adapter.
  ///
  /// A case calls `fresh` for each store that it needs.
  public init(
    name: String, traits: StorageTraits, crashSubject: CrashSubjectProgram? = nil,
    fresh: @escaping @Sendable () throws -> FreshStore
  ) {
    self.name = name
    self.traits = traits
    self.crashSubject = crashSubject
    self.fresh = fresh
  }
}

/// An empty store that no other case uses.
///
/// Every call of `backend.open()` opens this store: engines that are open at the same time share
/// it, and a durable store still contains its data when it is opened again. The `description` of
/// the backend is the location that the crash subject receives.
public struct FreshStore: Sendable {
  /// Opens the store.
  public let backend: StorageBackend
  /// Removes the files of the store; called once, after all engines are closed.
  public let remove: @Sendable () -> Void

  /// An empty store, and a function that removes it.
  public init(_ backend: StorageBackend, remove: @escaping @Sendable () -> Void = {}) {
    self.backend = backend
    self.remove = remove
  }

  /// Opens the store as a contract case does, for tests that an author writes beside the contract.
  ///
  /// - Throws: What the store's backend throws when it is opened, by convention
  ///   ``Planwright/StorageError``.
  public func open() throws -> any StorageEngine { try backend.open() }
}

/// A program that calls `CrashSubject.run` and is killed while it runs.
public struct CrashSubjectProgram: Sendable {
  /// The path of the executable.
  public let executable: String
  /// The arguments before those of `CrashSubject.run`.
  public let arguments: [String]

  /// A program with an executable and its first arguments.
  public init(executable: String, arguments: [String] = []) {
    self.executable = executable
    self.arguments = arguments
  }
}
