#if canImport(Darwin)
  import Darwin
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
  private enum Slot: Sendable {
    case building(Latch<Outcome>, thread: UInt)
    case ready(Engine, leases: Int)
    case closing(Latch<Outcome>)
  }

  private enum Outcome: Sendable {
    case opened
    case failed(any Error)
    case closed
  }

  private enum Step: Sendable {
    case use(Engine)
    case build(Latch<Outcome>)
    case wait(Latch<Outcome>)
    case refuse
  }

  private let slots = Guarded([Key: Slot]())
  private let process: pid_t

  /// A registry without engines.
  public init() { process = getpid() }

  /// A registry as a process of this number would have made it.
  init(process: pid_t) { self.process = process }

  /// The engine of this key, opened by this call when nobody has it open.
  ///
  /// `close` runs once, when the last lease is let go of. Throws what `open` threw, also to
  /// everyone who waited for that attempt; `conflictingOpen` when `open` asks for its own key;
  /// `forked` in a child process.
  public func lease(
    _ key: Key, open: () throws -> Engine, close: @escaping @Sendable (Engine) -> Void = { _ in }
  ) throws -> EngineLease<Engine> {
    guard getpid() == process else {
      throw StorageError(.forked, operation: "opening", subject: "store \(key)")
    }
    let engine = try acquire(key, open: open)
    return EngineLease(engine) { [self] in release(key, close: close) }
  }

  private func acquire(_ key: Key, open: () throws -> Engine) throws -> Engine {
    let thread = currentThread()
    while true {
      let step: Step = slots.withLock { slots in
        switch slots[key] {
        case .ready(let engine, let leases):
          slots[key] = .ready(engine, leases: leases + 1)
          return .use(engine)
        case .building(_, thread: thread): return .refuse
        case .building(let latch, _), .closing(let latch): return .wait(latch)
        case nil:
          let latch = Latch<Outcome>()
          slots[key] = .building(latch, thread: thread)
          return .build(latch)
        }
      }
      switch step {
      case .use(let engine): return engine
      case .build(let latch): return try build(key, latch, open: open)
      case .wait(let latch):
        if case .failed(let error) = latch.wait() { throw error }
      case .refuse:
        throw StorageError(
          .conflictingOpen, operation: "opening", subject: "store \(key)",
          reason: "its opener asked for it again")
      }
    }
  }

  private func build(
    _ key: Key, _ latch: Latch<Outcome>, open: () throws -> Engine
  ) throws -> Engine {
    do {
      let engine = try open()
      slots.withLock { $0[key] = .ready(engine, leases: 1) }
      latch.open(with: .opened)
      return engine
    } catch {
      slots.withLock { _ = $0.removeValue(forKey: key) }
      latch.open(with: .failed(error))
      throw error
    }
  }

  private func release(_ key: Key, close: @Sendable (Engine) -> Void) {
    let last: (engine: Engine, latch: Latch<Outcome>)? = slots.withLock { slots in
      guard case .ready(let engine, let leases)? = slots[key] else { return nil }
      if leases > 1 {
        slots[key] = .ready(engine, leases: leases - 1)
        return nil
      }
      let latch = Latch<Outcome>()
      slots[key] = .closing(latch)
      return (engine, latch)
    }
    guard let last else { return }
    close(last.engine)
    slots.withLock { _ = $0.removeValue(forKey: key) }
    last.latch.open(with: .closed)
  }

  private func currentThread() -> UInt {
    #if canImport(Darwin)
      UInt(bitPattern: pthread_self())
    #else
      pthread_self()
    #endif
  }
}

/// The right to use an engine; the last one to be let go of closes it.
public final class EngineLease<Engine: Sendable>: Sendable {
  /// The engine; not to be used after the lease is let go of.
  public let engine: Engine
  private let end: Guarded<(@Sendable () -> Void)?>

  /// A lease of an engine that nobody else has.
  public convenience init(owning engine: Engine) { self.init(engine) {} }

  /// A lease that ends like this.
  package init(_ engine: Engine, end: @escaping @Sendable () -> Void) {
    self.engine = engine
    self.end = Guarded(end)
  }

  /// Lets go; again changes nothing.
  public func release() {
    let end = end.withLock { state in
      defer { state = nil }
      return state
    }
    end?()
  }

  deinit { release() }
}
