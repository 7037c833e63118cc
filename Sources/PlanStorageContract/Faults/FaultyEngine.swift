public import PlanStorage

/// A store whose calls fail as planned: for tests of what stands on top of a store.
///
/// What fails throws `StorageError.inputOutput`. It offers no refinement of the store inside, so
/// that every call goes through `read` and `write`.
public final class FaultyEngine: StorageEngine {
  /// Those of the store inside.
  public let traits: StorageTraits
  /// That of the store inside.
  public let notifier: CommitNotifier
  private let inner: any StorageEngine
  private let plan: FaultPlan
  private let pause: @Sendable () -> Void
  private let state = Locked((calls: 0, faults: 0))

  /// Puts faults in front of a store; `pause` is what a delay does.
  public init(
    _ inner: any StorageEngine, _ plan: FaultPlan, pause: @escaping @Sendable () -> Void = {}
  ) {
    self.inner = inner
    self.plan = plan
    self.pause = pause
    traits = inner.traits
    notifier = inner.notifier
  }

  /// How many reads and writes have begun.
  public var calls: Int { state.withLock { $0.calls } }
  /// How many of them something happened to.
  public var faults: Int { state.withLock { $0.faults } }

  /// As the store inside, unless something is planned for this call.
  public func read(_ body: @Sendable (any ReadSession) throws -> Void) throws {
    switch next() {
    case .refuse, .takeBack: throw failure("reading")
    case .loseAnswer:
      try inner.read(body)
      throw failure("reading")
    case .delay:
      pause()
      try inner.read(body)
    case nil: try inner.read(body)
    }
  }

  /// As the store inside, unless something is planned for this call.
  public func write(_ body: @Sendable (any UnitOfWork) throws -> Void) throws {
    switch next() {
    case .refuse: throw failure("writing")
    case .takeBack:
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

  /// Closes the store inside.
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
      reason: "this call was to fail")
  }
}

extension StorageBackend {
  /// The same store behind planned faults.
  public func failing(
    _ plan: FaultPlan, pause: @escaping @Sendable () -> Void = {}
  ) -> StorageBackend {
    StorageBackend("\(description) with planned faults") {
      FaultyEngine(try open(), plan, pause: pause)
    }
  }
}
