/// The calls of a store that fail, and how they fail.
///
/// Calls are numbered from 0 in the order in which they begin.
///
/// ```swift
/// let backend = StorageBackend.journal(at: "plans.journal").failing(.once(.loseAnswer, at: 3))
/// ```
public struct FaultPlan: Sendable {
  /// The fault of one call.
  public enum Fault: Hashable, Sendable, CaseIterable {
    /// The call throws before its body runs.
    case refuse
    /// The unit of work is rolled back after its body has run; a read does not run its body.
    case rollBack
    /// The unit of work is committed, or the read has run, but the call throws.
    case loseAnswer
    /// The call waits before it succeeds.
    case delay
  }

  private let choose: @Sendable (Int) -> Fault?

  /// A plan that calls `choose` with the number of each call; nil means no fault.
  public init(_ choose: @escaping @Sendable (_ call: Int) -> Fault?) { self.choose = choose }

  /// A plan without faults.
  public static let none = FaultPlan { _ in nil }

  /// A plan with a fault at one call.
  public static func once(_ fault: Fault, at call: Int) -> FaultPlan {
    FaultPlan { $0 == call ? fault : nil }
  }

  /// A plan with a fault at one call and at all later ones.
  public static func always(_ fault: Fault, from call: Int) -> FaultPlan {
    FaultPlan { $0 >= call ? fault : nil }
  }

  /// A plan with random faults in `percent` of the calls before `end`; the seed repeats them.
  public static func random(
    seed: UInt64, percent: Int, of faults: [Fault] = Fault.allCases, before end: Int = .max
  ) -> FaultPlan {
    FaultPlan { call in
      guard call < end, !faults.isEmpty else { return nil }
      var random = SeededGenerator(seed: seed &+ UInt64(call) &* 0x9E37_79B9)
      guard Int.random(in: 0..<100, using: &random) < percent else { return nil }
      return faults[Int.random(in: 0..<faults.count, using: &random)]
    }
  }

  func fault(at call: Int) -> Fault? { choose(call) }
}
