extension Plan {
  /// A saved state from which a phase's work can continue.
  public struct Checkpoint: Hashable, Sendable {
    /// The name of the completed step.
    public let step: Key
    /// The data that the handler needs to continue.
    public let data: JSONValue

    /// Creates a checkpoint.
    ///
    /// - Throws: ``PlanError/Code/documentTooLarge`` if `data` has more than 16 MiB as JSON;
    ///   ``PlanError/Code/invalidJSON`` if it is nested more than 128 deep.
    public init(step: Key, data: JSONValue) throws(PlanError) {
      try data.checked(field: "checkpoint")
      self.step = step
      self.data = data
    }
  }
}
