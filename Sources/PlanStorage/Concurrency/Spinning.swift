#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Says on which systems a thread may spin, that is, wait briefly without sleeping.
///
/// Sleeping and waking take longer than most waits between the threads of one store. Spinning
/// increases throughput; it costs processor time and battery charge.
package enum Spinning {
  /// Whether spinning is useful on this system.
  ///
  /// True on macOS and Linux with more than one processor. False on a single processor, where no
  /// other thread could run meanwhile, and on iOS and other systems of battery-powered devices.
  package static let isUseful: Bool = {
    #if os(macOS) || os(Linux)
      sysconf(Int32(_SC_NPROCESSORS_ONLN)) > 1
    #else
      false
    #endif
  }()
}
