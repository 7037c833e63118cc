extension Int {
  /// This many plans, as in `1 plan` and `2 plans`.
  var plans: String { counted("plan") }

  /// This many things with a regular plural, as in `1 problem` and `2 problems`.
  func counted(_ noun: String) -> String { "\(self) \(noun)\(self == 1 ? "" : "s")" }
}
