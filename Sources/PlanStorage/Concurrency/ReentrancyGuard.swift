#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A body that a thread is inside of; all of a thread's bodies are a list on its stack.
///
/// Who enters one store again gets an error instead of waiting for itself, and who uses a session
/// outside of the body that it was made for is found out.
package struct ReentrancyGuard {
  private let object: UnsafeRawPointer
  private let isForWriting: Bool
  private let outer: UnsafeRawPointer?

  private static let list: pthread_key_t = {
    var key = pthread_key_t()
    let code = pthread_key_create(&key, nil)
    precondition(code == 0, "no room for a thread's list: \(code)")
    return key
  }()

  /// Runs the body with this object on the thread's list.
  ///
  /// Throws what the body threw, or `nestedUnitOfWork`, naming the store, when it is there already.
  @specialized(where R == Void)
  package static func enter<R>(
    _ object: AnyObject, isForWriting: Bool, store: String, _ body: () throws -> R
  ) throws -> R {
    let pointer = UnsafeRawPointer(Unmanaged.passUnretained(object).toOpaque())
    let outer = UnsafeRawPointer(pthread_getspecific(list))
    if entry(of: pointer, from: outer) != nil {
      throw StorageError(
        .nestedUnitOfWork, operation: isForWriting ? "writing" : "reading", subject: store)
    }
    let entry = ReentrancyGuard(object: pointer, isForWriting: isForWriting, outer: outer)
    return try withUnsafePointer(to: entry) { entry in
      pthread_setspecific(list, UnsafeRawPointer(entry))
      defer { pthread_setspecific(list, outer) }
      return try body()
    }
  }

  /// The bodies that this thread is inside of, for a thread that works in its place.
  package static var ofThisThread: UInt {
    UInt(bitPattern: pthread_getspecific(list))
  }

  /// Runs the body as if on the thread that these bodies are of, which waits meanwhile.
  package static func inPlace<R>(of bodies: UInt, _ body: () throws -> R) rethrows -> R {
    let own = UnsafeRawPointer(pthread_getspecific(list))
    pthread_setspecific(list, UnsafeRawPointer(bitPattern: bodies))
    defer { pthread_setspecific(list, own) }
    return try body()
  }

  /// Whether this thread is inside of this object, in this way.
  package static func isInside(_ object: AnyObject, forWriting: Bool) -> Bool {
    isInside(at: Unmanaged.passUnretained(object).toOpaque(), forWriting: forWriting)
  }

  /// Whether this thread is inside of the object at this address, in this way; an object that it is
  /// inside of is alive.
  package static func isInside(at address: UnsafeRawPointer, forWriting: Bool) -> Bool {
    entry(of: address, from: UnsafeRawPointer(pthread_getspecific(list)))?.isForWriting
      == forWriting
  }

  /// Whether this thread is inside of this object in any way.
  package static func isInside(_ object: AnyObject) -> Bool {
    let pointer = UnsafeRawPointer(Unmanaged.passUnretained(object).toOpaque())
    return entry(of: pointer, from: UnsafeRawPointer(pthread_getspecific(list))) != nil
  }

  private static func entry(
    of object: UnsafeRawPointer, from first: UnsafeRawPointer?
  ) -> ReentrancyGuard? {
    var next = first
    while let entry = next?.load(as: ReentrancyGuard.self) {
      if entry.object == object { return entry }
      next = entry.outer
    }
    return nil
  }
}
