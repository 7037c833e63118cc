extension RuleMutant {
  /// All mutants.
  package static var all: [RuleMutant] { ofLeases + ofTimes + ofAttempts + ofChildren + ofTrees }
}
