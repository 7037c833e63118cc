#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Records, per thread, the units of work and reads that are running, so that misuse is detected.
///
/// Every adapter needs it for two obligations of the ports. A unit of work inside another one of
/// the same store on the same thread throws ``Planwright/StorageError/Code/nestedUnitOfWork``,
/// because it would wait for itself. A session that is used outside its closure, or on another
/// thread, throws ``Planwright/StorageError/Code/sessionEnded``. Takes no lock.
///
/// ```swift
/// // A method of the store:
/// func write(_ body: @Sendable (any UnitOfWork) throws -> Void) throws {
///   try ReentrancyGuard.enter(store, isForWriting: true, subject: "the notes") {
///     try lock.withLock { try body(session) }
///   }
/// }
///
/// // At the beginning of each method of the session:
/// guard ReentrancyGuard.isInside(store, forWriting: true) else {
///   throw StorageError(.sessionEnded, operation: "saving", subject: "the notes")
/// }
/// ```
///
/// A store that forwards its calls to another store does not need it: the inner store throws.
public struct ReentrancyGuard {
  // An entry of the thread's linked list; entries are on the thread's stack, the innermost first.
  @usableFromInline let store: UnsafeRawPointer
  @usableFromInline let session: UnsafeRawPointer
  @usableFromInline let isForWriting: Bool
  @usableFromInline let outer: UnsafeRawPointer?

  @usableFromInline
  init(
    store: UnsafeRawPointer, session: UnsafeRawPointer, isForWriting: Bool,
    outer: UnsafeRawPointer?
  ) {
    self.store = store
    self.session = session
    self.isForWriting = isForWriting
    self.outer = outer
  }

  /// Runs the body as a unit of work or a read of this store.
  ///
  /// `subject` names the store in errors.
  ///
  /// - Throws: What the body throws; ``Planwright/StorageError/Code/nestedUnitOfWork``, without
  ///   running the body, if this thread is already inside a unit of work or a read of this store.
  @inlinable
  public static func enter<R>(
    _ store: AnyObject, isForWriting: Bool, subject: String, _ body: () throws -> R
  ) throws -> R {
    let outer = innermost
    try check(
      address(of: store), from: outer, operation: isForWriting ? "writing" : "reading", subject)
    let entry = ReentrancyGuard(
      store: address(of: store), session: address(of: store), isForWriting: isForWriting,
      outer: outer)
    return try run(body, inside: entry)
  }

  /// Checks that this thread is not inside a unit of work or a read of this store.
  ///
  /// For a store whose caller waits before the body runs. `operation` and `subject` appear in the
  /// error. Takes no lock.
  ///
  /// - Throws: ``Planwright/StorageError/Code/nestedUnitOfWork`` if the thread is inside one.
  public static func check(
    _ store: AnyObject, operation: String, subject: String
  ) throws(StorageError) {
    try check(address(of: store), from: innermost, operation: operation, subject)
  }

  /// Whether this thread is inside a unit of work or a read of this store.
  public static func isInside(_ store: AnyObject) -> Bool {
    entry(of: address(of: store), from: innermost) != nil
  }

  /// Whether this thread is inside a unit of work (`forWriting`) or a read of this store.
  public static func isInside(_ store: AnyObject, forWriting: Bool) -> Bool {
    isInside(at: address(of: store), forWriting: forWriting)
  }

  /// Whether this thread is inside a unit of work (`forWriting`) or a read of the store or session
  /// at this address.
  ///
  /// Retains nothing: a store or session that a thread is inside of is alive.
  package static func isInside(at address: UnsafeRawPointer, forWriting: Bool) -> Bool {
    entry(of: address, from: innermost)?.isForWriting == forWriting
  }

  /// Runs the body as a unit of work or a read of a store that has already called `check`.
  ///
  /// `session` exists for this body only, so `isInside` distinguishes it from later sessions.
  @inlinable
  package static func enterChecked<R>(
    _ store: AnyObject, session: AnyObject, isForWriting: Bool, _ body: () throws -> R
  ) rethrows -> R {
    let entry = ReentrancyGuard(
      store: address(of: store), session: address(of: session), isForWriting: isForWriting,
      outer: innermost)
    return try run(body, inside: entry)
  }

  /// The list of this thread, for another thread that runs a body on its behalf.
  package static var ofThisThread: UInt { UInt(bitPattern: innermost) }

  /// Runs the body with the list of another thread, which must wait until the body returns.
  ///
  /// `units` is the value of `ofThisThread` on that thread.
  package static func inPlace<R>(of units: UInt, _ body: () throws -> R) rethrows -> R {
    let own = innermost
    innermost = UnsafeRawPointer(bitPattern: units)
    defer { innermost = own }
    return try body()
  }
}

/// The list of entries of the current thread.
extension ReentrancyGuard {
  private static let list: pthread_key_t = {
    var key = pthread_key_t()
    let code = pthread_key_create(&key, nil)
    precondition(code == 0, "pthread_key_create failed with code \(code)")
    return key
  }()

  /// The first entry of this thread's list.
  @usableFromInline static var innermost: UnsafeRawPointer? {
    get { UnsafeRawPointer(pthread_getspecific(list)) }
    set { pthread_setspecific(list, newValue) }
  }

  @inlinable
  static func address(of object: AnyObject) -> UnsafeRawPointer {
    UnsafeRawPointer(Unmanaged.passUnretained(object).toOpaque())
  }

  @inlinable
  static func run<R>(_ body: () throws -> R, inside entry: ReentrancyGuard) rethrows -> R {
    try withUnsafePointer(to: entry) { pointer in
      innermost = UnsafeRawPointer(pointer)
      defer { innermost = entry.outer }
      return try body()
    }
  }

  @usableFromInline
  static func check(
    _ store: UnsafeRawPointer, from first: UnsafeRawPointer?, operation: String, _ subject: String
  ) throws(StorageError) {
    if entry(of: store, from: first) != nil {
      throw StorageError(.nestedUnitOfWork, operation: operation, subject: subject)
    }
  }

  private static func entry(
    of object: UnsafeRawPointer, from first: UnsafeRawPointer?
  ) -> ReentrancyGuard? {
    var next = first
    while let entry = next?.load(as: ReentrancyGuard.self) {
      if entry.store == object || entry.session == object { return entry }
      next = entry.outer
    }
    return nil
  }
}
