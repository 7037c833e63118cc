public import PlanDomain
public import PlanStorage

/// A store on a PostgreSQL server that was opened for reading only: no call changes anything.
///
/// Also for a role that may only read. Safe to use from any thread; calls may block.
public final class PostgreSQLReadOnlyStore: WriteSignalling {
  /// The properties that callers can rely on.
  public var traits: StorageTraits { store.traits }
  /// Never notifies, because nothing is committed through this store.
  public let notifier = CommitNotifier()
  private let store: PostgreSQLStore

  init(_ store: PostgreSQLStore) { self.store = store }

  /// Runs the body on one consistent snapshot, on the calling thread.
  ///
  /// - Throws: What the body throws, and ``Planwright/StorageError`` as
  ///   ``PostgreSQLStore/read(_:)`` does.
  public func read(_ body: @Sendable (any ReadSession) throws -> Void) throws {
    try store.read(body)
  }

  /// Refuses without running the body.
  ///
  /// - Throws: ``Planwright/StorageError/Code/readOnly``.
  public func write(_ body: @Sendable (any UnitOfWork) throws -> Void) throws {
    throw StorageError(
      .readOnly, operation: "writing", subject: store.engine.subject,
      reason: "it was opened for reading only", advice: "open it for writing")
  }

  /// Calls the handler once, after the next commit of any process, or when the store is closed.
  ///
  /// Returns false, and never calls it, once the store is closed.
  public func onNextWrite(_ handler: @escaping @Sendable () -> Void) -> Bool {
    store.onNextWrite(handler)
  }

  /// Closes the store once its running reads have finished.
  ///
  /// Idempotent.
  ///
  /// - Throws: ``Planwright/StorageError/Code/nestedUnitOfWork`` inside a body of this store.
  public func close() throws(StorageError) { try store.close() }
}

extension PostgreSQLReadOnlyStore: StoreDescribing {
  /// Returns the current state of the store.
  ///
  /// - Throws: ``Planwright/StorageError`` as ``PostgreSQLStore/read(_:)`` does.
  public func info() throws -> StoreInfo { try store.info() }
}

extension PostgreSQLReadOnlyStore: IntegrityChecking {
  /// Checks that what the schema keeps twice agrees, as `PostgreSQLStore` does.
  ///
  /// - Throws: ``Planwright/StorageError`` if the check itself is not possible.
  public func integrityCheck(quick: Bool = false) throws -> IntegrityReport {
    try store.integrityCheck(quick: quick)
  }
}
