import Synchronization

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
    case ready(Held)
    case closing(Latch<Outcome>)
  }

  /// An open engine and its leases; the count is only touched under the registry's lock.
  private final class Held: Sendable {
    let engine: Engine
    let leases = Atomic(0)
    init(_ engine: Engine) { self.engine = engine }
  }

  private enum Outcome: Sendable {
    case opened
    case failed(any Error)
    case closed
  }

  private enum Step: Sendable {
    case use(Held)
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
    let held = try acquire(key, open: open)
    return EngineLease(held.engine) { [self] in release(held, key, close: close) }
  }

  private func acquire(_ key: Key, open: () throws -> Engine) throws -> Held {
    while true {
      let step: Step = slots.withLock { slots in
        switch slots[key] {
        case .ready(let held):
          held.leases.wrappingAdd(1, ordering: .relaxed)
          return .use(held)
        case .building(_, thread: Self.currentThread()): return .refuse
        case .building(let latch, _), .closing(let latch): return .wait(latch)
        case nil:
          let latch = Latch<Outcome>()
          slots[key] = .building(latch, thread: Self.currentThread())
          return .build(latch)
        }
      }
      switch step {
      case .use(let held): return held
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
  ) throws -> Held {
    do {
      let held = Held(try open())
      held.leases.store(1, ordering: .relaxed)
      slots.withLock { $0[key] = .ready(held) }
      latch.open(with: .opened)
      return held
    } catch {
      slots.withLock { _ = $0.removeValue(forKey: key) }
      latch.open(with: .failed(error))
      throw error
    }
  }

  private func release(_ held: Held, _ key: Key, close: @Sendable (Engine) -> Void) {
    let latch: Latch<Outcome>? = slots.withLock { slots in
      // In the same step as the count: nobody gets an engine that is about to be closed.
      guard held.leases.wrappingSubtract(1, ordering: .relaxed).newValue == 0 else { return nil }
      let latch = Latch<Outcome>()
      slots[key] = .closing(latch)
      return latch
    }
    guard let latch else { return }
    close(held.engine)
    slots.withLock { _ = $0.removeValue(forKey: key) }
    latch.open(with: .closed)
  }

  private static func currentThread() -> UInt {
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
