public import PlanDomain

extension ChildSpec {
  /// Creates a request for a child that is a plan of a typed action.
  ///
  /// ```swift
  /// let child = try ChildSpec(note, arguments: Note(text: "milk"), labels: ["shop": "corner"])
  /// ```
  ///
  /// - Throws: ``PlanError/Code/notEncodable`` with the path of the value, as in
  ///   `arguments.items[3].price`, and the errors that the type of the arguments itself throws.
  ///   Nothing else is checked before the spawn.
  public init<Arguments, Result>(
    _ action: TypedAction<Arguments, Result>, arguments: Arguments, key: Key? = nil,
    dependsOn: [Key] = [], automation: Automation = .auto, projects: [ProjectUse]? = nil,
    labels: [Key: Plan.Label.Value] = [:], context: [String: String]? = nil,
    notBefore: Timestamp? = nil
  ) throws {
    self.init(
      key: key, action: action.definition.name, arguments: try action.document(of: arguments),
      dependsOn: dependsOn, automation: automation, projects: projects, labels: labels,
      context: context, notBefore: notBefore)
  }
}
