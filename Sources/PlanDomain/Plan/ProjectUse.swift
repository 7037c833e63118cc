/// A project that a plan works on.
public struct ProjectUse: Hashable, Sendable {
  /// The project's name.
  public let name: ProjectName
  /// What the plan's texts call it.
  public let alias: ProjectName?
  /// Whether the plan only looks at it.
  public let readOnly: Bool

  /// Names a project.
  public init(name: ProjectName, alias: ProjectName? = nil, readOnly: Bool = false) {
    self.name = name
    self.alias = alias
    self.readOnly = readOnly
  }
}
