/// A project that a plan works on.
public struct ProjectUse: Hashable, Sendable {
  /// The project's name.
  public let name: ProjectName
  /// The name that the plan's texts use for the project.
  public let alias: ProjectName?
  /// Whether the plan only reads the project.
  public let readOnly: Bool

  /// Creates a reference to a project.
  public init(name: ProjectName, alias: ProjectName? = nil, readOnly: Bool = false) {
    self.name = name
    self.alias = alias
    self.readOnly = readOnly
  }
}
