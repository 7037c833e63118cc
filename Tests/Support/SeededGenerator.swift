import Foundation

/// Random numbers that a seed repeats (SplitMix64).
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// The numbers of this seed.
  public init(seed: UInt64) { state = seed }

  /// The numbers of the seed in PLANWRIGHT_SEED, or of a new one; prints which, so that a failing
  /// run can be repeated.
  public static func announced(_ test: String = #function) -> SeededGenerator {
    let given = ProcessInfo.processInfo.environment["PLANWRIGHT_SEED"].flatMap { UInt64($0) }
    let seed = given ?? UInt64.random(in: 0..<1_000_000_000)
    print("\(test): repeat with PLANWRIGHT_SEED=\(seed)")
    return SeededGenerator(seed: seed)
  }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
