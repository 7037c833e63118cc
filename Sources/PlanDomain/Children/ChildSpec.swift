/// A request for one child plan.
///
/// ```swift
/// let build = ChildSpec(key: "build", action: "ci/build", arguments: ["target": "linux"])
/// let test = ChildSpec(key: "test", action: "ci/test", dependsOn: ["build"])
/// ```
public struct ChildSpec: Hashable, Sendable {
  /// The key among the siblings; nil means the number of the child in the spawn, from 1.
  package let key: Key?
  /// The name of the child's action.
  package let action: ActionName
  /// The arguments, without defaults.
  package let arguments: JSONObject
  /// The keys of the siblings that must succeed before the child can start.
  ///
  /// Allowed only in the schedule mode `dependencyOrdered`.
  package let dependsOn: [Key]
  /// The steps that the child takes without an operator.
  package let automation: Automation
  /// The projects that the child works on; nil means the parent's.
  package let projects: [ProjectUse]?
  /// The child's labels; it has none of its parent's.
  package let labels: [Key: Plan.Label.Value]
  /// The texts for the child's handlers, instead of the parent's context; nil means the parent's.
  package let context: [String: String]?
  /// The time before which the child does not start; it waits for it while it holds its slot.
  package let notBefore: Timestamp?

  /// Creates a request.
  public init(
    key: Key? = nil, action: ActionName, arguments: JSONObject = [:], dependsOn: [Key] = [],
    automation: Automation = .auto, projects: [ProjectUse]? = nil,
    labels: [Key: Plan.Label.Value] = [:], context: [String: String]? = nil,
    notBefore: Timestamp? = nil
  ) {
    self.key = key
    self.action = action
    self.arguments = arguments
    self.dependsOn = dependsOn
    self.automation = automation
    self.projects = projects
    self.labels = labels
    self.context = context
    self.notBefore = notBefore
  }
}
