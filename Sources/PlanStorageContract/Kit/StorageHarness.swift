public import PlanStorage

/// What an adapter's author hands over to have an adapter checked.
public struct StorageHarness: Sendable {
  /// The name that reports use.
  public let name: String
  /// What the adapter promises; cases that need more than this are skipped.
  public let traits: StorageTraits
  /// Makes a store of its own for one case.
  public let fresh: @Sendable () throws -> FreshStore
  /// How to start a process that writes to a store until it is killed; without one, a durable
  /// store fails `crash.program`.
  public let crashSubject: CrashSubjectProgram?

  /// Puts a harness together.
  ///
  /// `fresh` is called once for each case, and more often in a case that needs many stores.
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

/// An empty store that nobody else uses.
///
/// Its backend opens this one store, however often it is asked: everyone who has it open shares
/// it, and what a durable one acknowledged is there again when it is opened anew. The backend's
/// `description` is the location that a victim is told.
public struct FreshStore: Sendable {
  /// Opens the store.
  public let backend: StorageBackend
  /// Removes what the store left behind; called once, when no one has it open.
  public let remove: @Sendable () -> Void

  /// An empty store, and how to get rid of it.
  public init(_ backend: StorageBackend, remove: @escaping @Sendable () -> Void = {}) {
    self.backend = backend
    self.remove = remove
  }

  /// Opens the store as a contract case does, for tests that an author writes beside the contract.
  ///
  /// Throws `StorageError`.
  public func open() throws -> any StorageEngine { try backend.open() }
}

/// A program that ends up in `CrashSubject.run`, and can be killed there.
public struct CrashSubjectProgram: Sendable {
  /// The path of the executable.
  public let executable: String
  /// The words before those that `CrashSubject.run` is to get.
  public let arguments: [String]

  /// Names a program.
  public init(executable: String, arguments: [String] = []) {
    self.executable = executable
    self.arguments = arguments
  }
}
