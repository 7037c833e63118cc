public import PlanStorage

/// A store that forwards to another store and fails as planned, for tests of what uses a store.
///
/// A failing call throws a `StorageError` with the code
/// ``Planwright/StorageError/Code/inputOutput``. The engine offers no refinement of the other
/// store, so that every call is a `read` or a `write`; a store that can be suspended still can be
/// as `StorageBackend.failing`. Safe to use from any thread.
public final class FaultyEngine: StorageEngine {
  /// The traits of the other store.
  public let traits: StorageTraits
  /// The notifier of the other store.
  public let notifier: CommitNotifier
  private let inner: any StorageEngine
  private let plan: FaultPlan
  private let pause: @Sendable () -> Void
  private let state = Locked((calls: 0, faults: 0))

  /// Adds faults to a store; a delayed call runs `pause`.
  public init(
    _ inner: any StorageEngine, _ plan: FaultPlan, pause: @escaping @Sendable () -> Void = {}
  ) {
    self.inner = inner
    self.plan = plan
    self.pause = pause
    traits = inner.traits
    notifier = inner.notifier
  }

  /// The number of reads and writes that have begun.
  public var calls: Int { state.withLock { $0.calls } }
  /// The number of them that had a fault.
  public var faults: Int { state.withLock { $0.faults } }

  /// Forwards to the other store, unless a fault is planned for this call.
  ///
  /// - Throws: What the body and the other store throw;
  ///   ``Planwright/StorageError/Code/inputOutput`` for a call that fails as planned.
  public func read(_ body: @Sendable (any ReadSession) throws -> Void) throws {
    switch next() {
    case .refuse, .rollBack: throw failure("reading")
    case .loseAnswer:
      try inner.read(body)
      throw failure("reading")
    case .delay:
      pause()
      try inner.read(body)
    case nil: try inner.read(body)
    }
  }

  /// Forwards to the other store, unless a fault is planned for this call.
  ///
  /// - Throws: What the body and the other store throw;
  ///   ``Planwright/StorageError/Code/inputOutput`` for a call that fails as planned, which after
  ///   `loseAnswer` is committed nevertheless.
  public func write(_ body: @Sendable (any UnitOfWork) throws -> Void) throws {
    switch next() {
    case .refuse: throw failure("writing")
    case .rollBack:
      try inner.write { work in
        try body(work)
        throw failure("writing")
      }
    case .loseAnswer:
      try inner.write(body)
      throw failure("writing")
    case .delay:
      pause()
      try inner.write(body)
    case nil: try inner.write(body)
    }
  }

  /// Closes the other store; never fails as planned.
  ///
  /// - Throws: ``Planwright/StorageError`` as the other store does.
  public func close() throws(StorageError) { try inner.close() }

  private func next() -> FaultPlan.Fault? {
    let call = state.withLock { state in
      state.calls += 1
      return state.calls - 1
    }
    let fault = plan.fault(at: call)
    if fault != nil { state.withLock { $0.faults += 1 } }
    return fault
  }

  private func failure(_ operation: String) -> StorageError {
    StorageError(
      .inputOutput, operation: operation, subject: "a store with planned faults",
      reason: "the fault plan makes this call fail")
  }
}

extension StorageBackend {
  /// A backend that opens the same store with planned faults.
  public func failing(
    _ plan: FaultPlan, pause: @escaping @Sendable () -> Void = {}
  ) -> StorageBackend {
    BackendFactory.make("\(description) with planned faults") {
      try open().failing(plan, pause: pause)
    }
  }
}

extension StorageEngine {
  /// Returns this store with planned faults; it can be suspended if this one can be.
  package func failing(
    _ plan: FaultPlan, pause: @escaping @Sendable () -> Void = {}
  ) -> any StorageEngine {
    let faulty = FaultyEngine(self, plan, pause: pause)
    guard let store = self as? any Suspendable else { return faulty }
    return SuspendableFaultyEngine(faulty, around: store)
  }
}
