/// One child that an execute phase asks for.
public struct ChildSpec: Hashable, Sendable {
  /// The key that tells it from its siblings; its position in the spawn, from 1, when not given.
  package let key: Key?
  /// The action that the child uses.
  package let action: ActionName
  /// The arguments of that use.
  package let arguments: JSONObject
  /// The siblings that must succeed before it may start; only when dependency-ordered.
  package let dependsOn: [Key]
  /// Which steps the child takes without an operator.
  package let automation: Automation
  /// The projects it works on; the parent's when not given.
  package let projects: [ProjectUse]?

  /// Describes a child.
  public init(
    key: Key? = nil, action: ActionName, arguments: JSONObject = [:], dependsOn: [Key] = [],
    automation: Automation = .auto, projects: [ProjectUse]? = nil
  ) {
    self.key = key
    self.action = action
    self.arguments = arguments
    self.dependsOn = dependsOn
    self.automation = automation
    self.projects = projects
  }
}
