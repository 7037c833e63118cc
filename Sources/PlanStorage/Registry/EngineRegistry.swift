import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// One engine for each key in a process, however many threads ask at once.
///
/// Get-or-create is one step here, and only here, so two callers can never hold two engines for
/// one key. Opening and closing run outside the lock: they delay nobody who wants another key,
/// and whoever wants the same one waits for that key alone. A failed opening is told to everyone
/// who waited for it and leaves no trace. Safe to use from any thread; a caller may block.
public final class EngineRegistry<Key: Hashable & Sendable, Engine: Sendable>: Sendable {
  /// An open engine and its leases.
  @usableFromInline
  struct Open: Sendable {
    @usableFromInline let engine: Engine
    @usableFromInline let leases: LeaseCount
    /// Lets one lease go.
    @usableFromInline let end: @Sendable () -> Void
  }

  /// What keeps whoever wants the same key waiting.
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

  /// A key is in one of them at most.
  @usableFromInline
  struct Table: Sendable {
    @usableFromInline var open: [Key: Open] = [:]
    fileprivate var changing: [Key: Change] = [:]
  }

  @usableFromInline let table = Locked(Table())
  private let process: ForkGeneration

  /// A registry without engines.
  public convenience init() { self.init(process: .current) }

  /// A registry as a process of this mark would have made it.
  init(process: ForkGeneration) { self.process = process }

  /// The engine of this key, opened by this call when nobody has it open.
  ///
  /// `close` of the call that opened it runs once, when the last lease is let go of. Throws what
  /// `open` threw, also to everyone who waited for that attempt; `conflictingOpen` when `open` asks
  /// for its own key; `forked` in a child process.
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

  /// The engine of this key if one is open; opens nothing and waits for nobody.
  ///
  /// Throws `forked` in a child process.
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

  /// Runs the body while nobody has the engine of this key open or can open it; nil without running
  /// it when the engine is open.
  ///
  /// Waits for an opening or closing of the key. Throws what the body threw; `conflictingOpen` when
  /// the opener of the key asks.
  public func whileClosed<R>(_ key: Key, _ body: () throws -> R) throws -> R? {
    let latch = Latch<Outcome>()
    while true {
      let step: Step? = table.withLock { table in
        if table.open[key] != nil { return nil }
        switch table.changing[key] {
        case .opening(_, thread: Self.currentThread()): return .refuse
        case .opening(let other, _), .closing(let other): return .wait(other)
        case nil:
          table.changing[key] = .closing(latch)
          return .open(latch)
        }
      }
      switch step {
      case nil, .use: return nil
      case .refuse: throw Self.askedByItsOpener(key)
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

  private static func askedByItsOpener(_ key: Key) -> StorageError {
    StorageError(
      .conflictingOpen, operation: "opening", subject: "store \(key)",
      reason: "its opener asked for it again")
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
      case .refuse: throw Self.askedByItsOpener(key)
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

  /// Takes the engine of this key out of the registry if the condition holds for it, because it is of
  /// no use any more: the next call for the key opens another one.
  ///
  /// Its leases stay what they are; it is closed when the last of them is let go of.
  public func retire(_ key: Key, where isUseless: (Engine) -> Bool) {
    guard isOfThisProcess else { return }
    table.withLock { table in
      if let ready = table.open[key], isUseless(ready.engine) { table.open[key] = nil }
    }
  }

  private func release(_ key: Key, _ leases: LeaseCount, close: () -> Void) {
    let (isLast, latch): (Bool, Latch<Outcome>?) = table.withLock { table in
      // In the same step as the count: nobody gets an engine that is about to be closed.
      guard leases.remove() == 0 else { return (false, nil) }
      // Once it is retired, the key is another engine's.
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

/// How many leases an engine has; from none to one and back only with the registry's lock held.
@usableFromInline
final class LeaseCount: Sendable {
  private let count = Atomic(1)

  /// One more, with the lock held.
  @usableFromInline
  func add() { count.wrappingAdd(1, ordering: .relaxed) }

  /// One less, unless that would be the last; whether it was done.
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

  /// One less, with the lock held; how many are left.
  func remove() -> Int {
    count.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue
  }
}

/// The right to use an engine; the last one to be let go of closes it.
public final class EngineLease<Engine: Sendable>: Sendable {
  /// The engine; not to be used after the lease is let go of.
  public let engine: Engine
  private let end: @Sendable () -> Void
  private let isReleased = Atomic(false)

  /// A lease of an engine that nobody else has.
  public convenience init(owning engine: Engine) { self.init(engine) {} }

  /// A lease that ends like this.
  @usableFromInline
  package init(_ engine: Engine, end: @escaping @Sendable () -> Void) {
    self.engine = engine
    self.end = end
  }

  /// Lets go; again changes nothing.
  public func release() {
    if !isReleased.exchange(true, ordering: .relaxed) { end() }
  }

  deinit { release() }
}
