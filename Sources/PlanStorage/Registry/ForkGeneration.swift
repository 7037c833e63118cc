import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Tells a process from its parent, which has the same memory, without asking the system each time.
///
/// Counts what `fork` makes; a child that somebody makes past the C library counts as its parent.
package struct ForkGeneration: Equatable, Sendable {
  private let forks: Int

  /// The mark of this process.
  package static var current: ForkGeneration {
    _ = isCounting
    return ForkGeneration(forks: forkCount.load(ordering: .relaxed))
  }

  /// The mark that a child of this process would have.
  package var ofAChild: ForkGeneration { ForkGeneration(forks: forks + 1) }

  // The state of a process, of which there is one: how often it or its parents were forked.
  private static let forkCount = Atomic(0)
  private static let isCounting: Bool = {
    // Made before it is needed: a child must not wait for a thread that it does not have.
    _ = forkCount.load(ordering: .relaxed)
    let code = pthread_atfork(nil, nil) { forkCount.wrappingAdd(1, ordering: .relaxed) }
    precondition(code == 0, "no room to be told of a fork: \(code)")
    return true
  }()
}
