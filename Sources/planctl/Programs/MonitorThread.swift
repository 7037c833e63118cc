#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Starts threads that may block, unlike the cooperative threads of Swift's tasks.
enum MonitorThread {
  private final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// Runs the body on a new detached thread, which ends with the body.
  ///
  /// All signals are blocked on this thread: none interrupts its system calls, and a write to a
  /// closed pipe returns EPIPE. Throws a `StartError` when no thread can be created.
  static func start(
    stackSize: Int, _ body: @escaping @Sendable () -> Void
  ) throws(StartError) {
    let work = Unmanaged.passRetained(Work(body))
    let code = create(stackSize: stackSize, work.toOpaque())
    guard code == 0 else {
      work.release()
      throw StartError("starting a thread", code: code)
    }
  }

  /// Creates a detached thread; returns 0 or an error number.
  private static func create(stackSize: Int, _ work: UnsafeMutableRawPointer) -> Int32 {
    let attributes = UnsafeMutablePointer<pthread_attr_t>.allocate(capacity: 1)
    defer { attributes.deallocate() }
    pthread_attr_init(attributes)
    defer { pthread_attr_destroy(attributes) }
    pthread_attr_setstacksize(attributes, stackSize)
    pthread_attr_setdetachstate(attributes, Int32(PTHREAD_CREATE_DETACHED))
    #if canImport(Darwin) || canImport(Musl)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    return pthread_create(&thread, attributes, { MonitorThread.run($0) }, work)
  }

  private static func run(_ work: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    var signals = sigset_t()
    sigfillset(&signals)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    if let work { Unmanaged<Work>.fromOpaque(work).takeRetainedValue().body() }
    return nil
  }
}
