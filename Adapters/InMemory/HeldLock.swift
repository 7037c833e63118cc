import PlanStorage

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A lock that a thread holds; all that it holds are a list on its stack.
///
/// Who asks for one of them again gets an error instead of waiting for itself, and who uses a
/// session without the lock that it stands for is found out.
struct HeldLock {
  private let value: UnsafeRawPointer
  private let isForWriting: Bool
  private let outer: UnsafeRawPointer?

  private static let list: pthread_key_t = {
    var key = pthread_key_t()
    must(pthread_key_create(&key, nil))
    return key
  }()

  /// Runs the body with the lock of this object on the list.
  ///
  /// Throws what the body threw, or `nestedUnitOfWork` when it is there already.
  static func holding<R>(
    _ object: AnyObject, isForWriting: Bool, _ body: () throws -> R
  ) throws -> R {
    let value = UnsafeRawPointer(Unmanaged.passUnretained(object).toOpaque())
    let outer = UnsafeRawPointer(pthread_getspecific(list))
    if node(of: value, from: outer) != nil {
      throw StorageError(
        .nestedUnitOfWork, operation: isForWriting ? "writing" : "reading",
        subject: "an in-memory store")
    }
    let node = HeldLock(value: value, isForWriting: isForWriting, outer: outer)
    return try withUnsafePointer(to: node) { node in
      must(pthread_setspecific(list, UnsafeRawPointer(node)))
      defer { must(pthread_setspecific(list, outer)) }
      return try body()
    }
  }

  /// Whether this thread has the lock of this object, in this way.
  static func isHeld(_ object: AnyObject, forWriting: Bool) -> Bool {
    let value = UnsafeRawPointer(Unmanaged.passUnretained(object).toOpaque())
    return node(of: value, from: UnsafeRawPointer(pthread_getspecific(list)))?.isForWriting
      == forWriting
  }

  private static func node(
    of value: UnsafeRawPointer, from first: UnsafeRawPointer?
  ) -> HeldLock? {
    var next = first
    while let node = next?.load(as: HeldLock.self) {
      if node.value == value { return node }
      next = node.outer
    }
    return nil
  }
}
