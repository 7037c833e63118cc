import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Distinguishes a forked child process from its parent without a system call for each check.
///
/// Counts calls of `fork`. A child that was created without the C library is not detected.
package struct ForkGeneration: Equatable, Sendable {
  private let forks: Int

  /// The generation of this process.
  package static var current: ForkGeneration {
    _ = isCounting
    return ForkGeneration(forks: forkCount.load(ordering: .relaxed))
  }

  /// The generation that a child of this process would have.
  package var ofAChild: ForkGeneration { ForkGeneration(forks: forks + 1) }

  // Process-wide: the number of forks between the first process and this one.
  private static let forkCount = Atomic(0)
  private static let isCounting: Bool = {
    // Initialized before a fork: a child could wait forever for a thread that it does not have.
    _ = forkCount.load(ordering: .relaxed)
    let code = pthread_atfork(nil, nil) { forkCount.wrappingAdd(1, ordering: .relaxed) }
    precondition(code == 0, "pthread_atfork failed with code \(code)")
    return true
  }()
}
