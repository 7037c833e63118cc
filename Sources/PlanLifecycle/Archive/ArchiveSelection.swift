public import PlanDomain

/// The plans of a store that an archive contains, with their events and actions.
///
/// An archive contains whole trees, because a child cannot be stored without its parent.
public enum ArchiveSelection: Hashable, Sendable {
  /// All plans and all actions.
  case all
  /// The tree that contains this plan.
  case tree(Plan.ID)
  /// The trees that contain a plan with this label.
  case label(Plan.Label)
}
