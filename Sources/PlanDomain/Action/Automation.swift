/// The steps that a plan takes without an operator.
public struct Automation: Hashable, Sendable {
  /// Whether a complete strategize phase is followed by execute at once.
  public let advanceToExecute: Bool
  /// Whether a complete execute phase is followed by apply at once.
  public let advanceToApply: Bool
  /// Whether a constrained plan is reverted to strategize at once, while reverts are left.
  public let revertWhenConstrained: Bool

  /// Creates an automation from its steps; the presets cover the usual cases.
  public init(advanceToExecute: Bool, advanceToApply: Bool, revertWhenConstrained: Bool) {
    self.advanceToExecute = advanceToExecute
    self.advanceToApply = advanceToApply
    self.revertWhenConstrained = revertWhenConstrained
  }

  /// Each step waits for an operator.
  public static let manual = Automation(
    advanceToExecute: false, advanceToApply: false, revertWhenConstrained: false)
  /// Executes automatically; an operator reviews the result before it is applied.
  public static let review = Automation(
    advanceToExecute: true, advanceToApply: false, revertWhenConstrained: false)
  /// No step waits for an operator.
  public static let auto = Automation(
    advanceToExecute: true, advanceToApply: true, revertWhenConstrained: true)

  /// Creates the preset with this name: `manual`, `review` or `auto`.
  ///
  /// - Throws: ``PlanError/Code/unknownAutomation`` for any other name; there is no fall-back.
  public init(preset name: String) throws(PlanError) {
    switch name {
    case "manual": self = .manual
    case "review": self = .review
    case "auto": self = .auto
    default: throw .unknownAutomation(name: name)
    }
  }
}
