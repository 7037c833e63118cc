import Foundation
@_exported public import PlanStorageContract

extension SeededGenerator {
  /// The numbers of the seed in PLANWRIGHT_SEED, or of a new one; prints which, so that a failing
  /// run can be repeated.
  package static func announced(_ test: String = #function) -> SeededGenerator {
    SeededGenerator(seed: announcedSeed(test))
  }

  /// The seed in PLANWRIGHT_SEED, or a new one; prints which.
  package static func announcedSeed(_ test: String = #function) -> UInt64 {
    let given = ProcessInfo.processInfo.environment["PLANWRIGHT_SEED"].flatMap { UInt64($0) }
    let seed = given ?? UInt64.random(in: 0..<1_000_000_000)
    print("\(test): repeat with PLANWRIGHT_SEED=\(seed)")
    return seed
  }
}
