import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Shares one engine for each key among all threads of a process.
///
/// Get-or-create is one atomic step, so two callers never hold two engines for one key. Opening and
/// closing run outside the lock: a caller waits only while the engine of its own key is opened or
/// closed. When opening fails, all callers that waited for it throw its error, and the next call
/// tries again. Safe to use from any thread; calls may block.
///
/// ```swift
/// let registry = EngineRegistry<String, Journal>()
/// let lease = try registry.lease(path) {
///   try Journal(path)
/// } close: { journal in
///   journal.close()
/// }
/// ```
public final class EngineRegistry<Key: Hashable & Sendable, Engine: Sendable>: Sendable {
  /// An open engine and its leases.
  @usableFromInline
  struct Open: Sendable {
    @usableFromInline let engine: Engine
    @usableFromInline let leases: LeaseCount
    /// Releases one lease.
    @usableFromInline let end: @Sendable () -> Void
  }

  /// The state of a key whose engine is being opened or closed; other callers wait for the latch.
  fileprivate enum Change: Sendable {
    case opening(Latch<Outcome>, thread: UInt)
    case closing(Latch<Outcome>)
  }

  fileprivate enum Outcome: Sendable {
    case opened
    case failed(any Error)
    case closed
  }

  private enum Step: Sendable {
    case use(Open)
    case open(Latch<Outcome>)
    case wait(Latch<Outcome>)
    case refuse
  }

  /// The state of all keys; a key is in at most one of the dictionaries.
  @usableFromInline
  struct Table: Sendable {
    @usableFromInline var open: [Key: Open] = [:]
    fileprivate var changing: [Key: Change] = [:]
  }

  @usableFromInline let table = Locked(Table())
  private let process: ForkGeneration

  /// Creates a registry without engines.
  public convenience init() { self.init(process: .current) }

  /// Creates a registry as if in a process of this generation.
  init(process: ForkGeneration) { self.process = process }

  /// Returns a lease of the engine of this key; opens the engine when it is not open.
  ///
  /// Blocks while the engine of this key is opened or closed by another caller. When the last lease
  /// is released, the `close` of the call that opened the engine runs once.
  ///
  /// - Throws: What `open` throws, also in callers that waited for that attempt;
  ///   ``Planwright/StorageError/Code/conflictingOpen`` if `open` requests its own key;
  ///   ``Planwright/StorageError/Code/forked`` in a forked child process.
  @inlinable
  public func lease(
    _ key: Key, open: () throws -> Engine, close: @escaping @Sendable (Engine) -> Void = { _ in }
  ) throws -> EngineLease<Engine> {
    guard isOfThisProcess else {
      throw StorageError(.forked, operation: "opening", subject: "store \(key)")
    }
    let ready = table.withLock { table in
      let ready = table.open[key]
      ready?.leases.add()
      return ready
    }
    let engine = try ready ?? acquire(key, open: open, close: close)
    return EngineLease(engine.engine, end: engine.end)
  }

  /// Returns a lease of the engine of this key if it is open, otherwise nil; does not block.
  ///
  /// - Throws: ``Planwright/StorageError/Code/forked`` in a forked child process.
  public func leaseIfOpen(_ key: Key) throws(StorageError) -> EngineLease<Engine>? {
    guard isOfThisProcess else {
      throw StorageError(.forked, operation: "opening", subject: "store \(key)")
    }
    let ready = table.withLock { table in
      let ready = table.open[key]
      ready?.leases.add()
      return ready
    }
    return ready.map { EngineLease($0.engine, end: $0.end) }
  }

  /// Runs the body while the engine of this key is closed; returns nil, without running it, when it
  /// is open.
  ///
  /// Other callers for the key wait until the body returns. Waits for a running opening or closing
  /// of the key. Inside the body, the same thread cannot open the key either.
  ///
  /// - Throws: What the body throws; ``Planwright/StorageError/Code/conflictingOpen`` when called
  ///   by the closure that opens the key.
  public func whileClosed<R>(_ key: Key, _ body: () throws -> R) throws -> R? {
    let latch = Latch<Outcome>()
    while true {
      let step: Step? = table.withLock { table in
        if table.open[key] != nil { return nil }
        switch table.changing[key] {
        case .opening(_, thread: Self.currentThread()): return .refuse
        case .opening(let other, _), .closing(let other): return .wait(other)
        case nil:
          table.changing[key] = .opening(latch, thread: Self.currentThread())
          return .open(latch)
        }
      }
      switch step {
      case nil, .use: return nil
      case .refuse: throw Self.requestedByItsOpener(key)
      case .wait(let other): _ = other.wait()
      case .open:
        defer {
          table.withLock { $0.changing[key] = nil }
          latch.open(with: .closed)
        }
        return try body()
      }
    }
  }

  private static func requestedByItsOpener(_ key: Key) -> StorageError {
    StorageError(
      .conflictingOpen, operation: "opening", subject: "store \(key)",
      reason: "the closure that opens it requested the same store again")
  }

  @usableFromInline var isOfThisProcess: Bool { process == .current }

  @usableFromInline
  func acquire(
    _ key: Key, open: () throws -> Engine, close: @escaping @Sendable (Engine) -> Void
  ) throws -> Open {
    while true {
      let step: Step = table.withLock { table in
        if let ready = table.open[key] {
          ready.leases.add()
          return .use(ready)
        }
        switch table.changing[key] {
        case .opening(_, thread: Self.currentThread()): return .refuse
        case .opening(let latch, _), .closing(let latch): return .wait(latch)
        case nil:
          let latch = Latch<Outcome>()
          table.changing[key] = .opening(latch, thread: Self.currentThread())
          return .open(latch)
        }
      }
      switch step {
      case .use(let engine): return engine
      case .open(let latch): return try make(key, latch, open: open, close: close)
      case .wait(let latch):
        if case .failed(let error) = latch.wait() { throw error }
      case .refuse: throw Self.requestedByItsOpener(key)
      }
    }
  }

  private func make(
    _ key: Key, _ latch: Latch<Outcome>, open: () throws -> Engine,
    close: @escaping @Sendable (Engine) -> Void
  ) throws -> Open {
    do {
      let (engine, leases) = (try open(), LeaseCount())
      let ready = Open(engine: engine, leases: leases) { [self] in
        if leases.removeUnlessLast() { return }
        release(key, leases) { close(engine) }
      }
      table.withLock { table in
        table.changing[key] = nil
        table.open[key] = ready
      }
      latch.open(with: .opened)
      return ready
    } catch {
      table.withLock { $0.changing[key] = nil }
      latch.open(with: .failed(error))
      throw error
    }
  }

  /// Removes the engine of this key from the registry if the condition holds for it.
  ///
  /// For an engine that cannot be used any more: the next call for the key opens a new one.
  /// Existing leases stay valid; the engine is closed when the last of them is released.
  public func retire(_ key: Key, where isUseless: (Engine) -> Bool) {
    guard isOfThisProcess else { return }
    table.withLock { table in
      if let ready = table.open[key], isUseless(ready.engine) { table.open[key] = nil }
    }
  }

  private func release(_ key: Key, _ leases: LeaseCount, close: () -> Void) {
    let (isLast, latch): (Bool, Latch<Outcome>?) = table.withLock { table in
      // Under the same lock as the count, so that no caller gets an engine that is being closed.
      guard leases.remove() == 0 else { return (false, nil) }
      // After `retire`, the key may belong to another engine.
      guard table.open[key]?.leases === leases else { return (true, nil) }
      let latch = Latch<Outcome>()
      table.open[key] = nil
      table.changing[key] = .closing(latch)
      return (true, latch)
    }
    if isLast { close() }
    guard let latch else { return }
    table.withLock { $0.changing[key] = nil }
    latch.open(with: .closed)
  }

  private static func currentThread() -> UInt {
    #if canImport(Darwin) || canImport(Musl)
      UInt(bitPattern: pthread_self())
    #else
      pthread_self()
    #endif
  }
}

/// The number of leases of an engine; the last lease is removed only under the registry's lock.
@usableFromInline
final class LeaseCount: Sendable {
  private let count = Atomic(1)

  /// Adds one lease; the caller holds the lock.
  @usableFromInline
  func add() { count.wrappingAdd(1, ordering: .relaxed) }

  /// Removes one lease unless it is the last; returns whether it did.
  func removeUnlessLast() -> Bool {
    var seen = count.load(ordering: .relaxed)
    while seen > 1 {
      let (isDone, now) = count.weakCompareExchange(
        expected: seen, desired: seen - 1, ordering: .releasing)
      if isDone { return true }
      seen = now
    }
    return false
  }

  /// Removes one lease and returns the number left; the caller holds the lock.
  func remove() -> Int {
    count.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue
  }
}

/// The right to use a shared engine; releasing the last lease closes the engine.
///
/// Safe to use from any thread. The thread that releases the last lease runs the closure that
/// closes the engine.
public final class EngineLease<Engine: Sendable>: Sendable {
  /// The engine; it must not be used after the lease is released.
  public let engine: Engine
  private let end: @Sendable () -> Void
  private let isReleased = Atomic(false)

  /// Creates a lease of an engine that is not in a registry; releasing it does nothing.
  public convenience init(owning engine: Engine) { self.init(engine) {} }

  /// Creates a lease; `end` runs once when it is released.
  @usableFromInline
  package init(_ engine: Engine, end: @escaping @Sendable () -> Void) {
    self.engine = engine
    self.end = end
  }

  /// Releases the lease, as `deinit` does; idempotent.
  public func release() {
    if !isReleased.exchange(true, ordering: .relaxed) { end() }
  }

  deinit { release() }
}
