#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A thread that belongs to nobody else and ends with its body.
enum CommitThread {
  private final class Box {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  static func start(_ body: @escaping @Sendable () -> Void) {
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
    // Without a thread there is nobody to commit for those who wait: do it here instead.
    if code != 0 { box.takeRetainedValue().body() }
  }
}
