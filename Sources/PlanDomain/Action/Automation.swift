/// Which steps a plan takes without an operator.
public struct Automation: Hashable, Sendable {
  /// Whether a complete strategize phase leads to execute at once.
  public let advanceToExecute: Bool
  /// Whether a complete execute phase leads to apply at once.
  public let advanceToApply: Bool
  /// Whether a constrained plan goes back to strategize at once, while reverts are left.
  public let revertWhenConstrained: Bool

  /// Chooses each step by itself; the presets cover the usual cases.
  public init(advanceToExecute: Bool, advanceToApply: Bool, revertWhenConstrained: Bool) {
    self.advanceToExecute = advanceToExecute
    self.advanceToApply = advanceToApply
    self.revertWhenConstrained = revertWhenConstrained
  }

  /// Every step waits for an operator.
  public static let manual = Automation(
    advanceToExecute: false, advanceToApply: false, revertWhenConstrained: false)
  /// Executes by itself; an operator reviews the outcome before it is applied.
  public static let review = Automation(
    advanceToExecute: true, advanceToApply: false, revertWhenConstrained: false)
  /// No step waits for an operator.
  public static let auto = Automation(
    advanceToExecute: true, advanceToApply: true, revertWhenConstrained: true)

  /// The preset of this name: `manual`, `review` or `auto`.
  ///
  /// Throws `unknownAutomation` for any other name; there is no fall-back.
  public init(preset name: String) throws(PlanError) {
    switch name {
    case "manual": self = .manual
    case "review": self = .review
    case "auto": self = .auto
    default: throw .unknownAutomation(name: name)
    }
  }
}
