extension Plan {
  /// The latest point that a phase's work can go on from.
  public struct Checkpoint: Hashable, Sendable {
    /// The name of the step that was reached.
    public let step: Key
    /// What the handler needs to go on.
    public let data: JSONValue

    /// Checks and keeps a checkpoint.
    ///
    /// Throws `documentTooLarge`.
    public init(step: Key, data: JSONValue) throws(PlanError) {
      try data.checked(field: "checkpoint")
      self.step = step
      self.data = data
    }
  }
}
