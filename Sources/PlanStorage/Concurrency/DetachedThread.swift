#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A thread of the library's own, which may block and ends with its body.
package enum DetachedThread {
  private final class Box {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// Runs the body on a new thread; false when the system has none left, and the body is not run.
  package static func start(_ body: @escaping @Sendable () -> Void) -> Bool {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    let box = Unmanaged.passRetained(Box(body))
    #if canImport(Darwin)
      var thread: pthread_t?
      let code = pthread_create(
        &thread, &attributes,
        { box in
          Unmanaged<Box>.fromOpaque(box).takeRetainedValue().body()
          return nil
        }, box.toOpaque())
    #else
      var thread = pthread_t()
      let code = pthread_create(
        &thread, &attributes,
        { box in
          if let box { Unmanaged<Box>.fromOpaque(box).takeRetainedValue().body() }
          return nil
        }, box.toOpaque())
    #endif
    if code != 0 { box.release() }
    return code == 0
  }
}
