/// Which calls of a store fail, and how.
public struct FaultPlan: Sendable {
  /// What happens to one call.
  public enum Fault: Hashable, Sendable, CaseIterable {
    /// The call fails before its body runs.
    case refuse
    /// The body runs, and everything it wrote is taken back.
    case takeBack
    /// The unit of work is committed, but the caller is told that it failed.
    case loseAnswer
    /// The call takes a while longer.
    case delay
  }

  private let choose: @Sendable (Int) -> Fault?

  /// Asks for each call, counted from 0 in the order in which they begin, what is to go wrong.
  public init(_ choose: @escaping @Sendable (_ call: Int) -> Fault?) { self.choose = choose }

  /// Nothing goes wrong.
  public static let none = FaultPlan { _ in nil }

  /// This happens to one call.
  public static func once(_ fault: Fault, at call: Int) -> FaultPlan {
    FaultPlan { $0 == call ? fault : nil }
  }

  /// This happens to one call and to all after it.
  public static func always(_ fault: Fault, from call: Int) -> FaultPlan {
    FaultPlan { $0 >= call ? fault : nil }
  }

  /// One of these happens to so many of a hundred calls, before this one; a seed repeats it.
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
