#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Where a thread may spin: keep its processor while it waits for a moment, instead of sleeping.
///
/// To sleep and to be woken takes longer than most of what threads of one store wait for, so spinning
/// gains throughput and costs processor time and, on a device with a battery, its charge.
package enum Spinning {
  /// Whether this system gains from it: false with one processor, where nobody else could run
  /// meanwhile, and on iOS and every other system of devices that run on a battery only.
  package static let isUseful: Bool = {
    #if os(macOS) || os(Linux)
      sysconf(Int32(_SC_NPROCESSORS_ONLN)) > 1
    #else
      false
    #endif
  }()
}
