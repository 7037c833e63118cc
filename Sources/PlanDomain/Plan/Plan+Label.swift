extension Plan {
  /// A label of a plan, `key=value`, by which plans can be found.
  public struct Label: Hashable, Sendable, CustomStringConvertible {
    /// The value of a label: printable ASCII of 1 to 128 bytes.
    public typealias Value = ShortText<LabelValueRule>

    /// The key; a plan has at most one value for each key.
    public let key: Key
    /// The value.
    public let value: Value

    /// Creates a label, as in `Plan.Label("customer", "17")`.
    public init(_ key: Key, _ value: Value) {
      self.key = key
      self.value = value
    }

    /// The key and the value, as in `customer=17`.
    public var description: String { "\(key)=\(value)" }
  }
}

extension PlanDefinition {
  /// Whether the plan has this label.
  package func has(_ label: Plan.Label) -> Bool { labels[label.key] == label.value }
}
