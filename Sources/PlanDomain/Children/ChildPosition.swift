/// Where a child plan stands: below whom, in which round, under which key.
public final class ChildPosition: Sendable {
  /// The plan that spawned it.
  public let parent: Plan.ID
  /// The root of the tree.
  public let root: Plan.ID
  /// How many plans stand above it: 1…16.
  public let depth: Int
  /// The parent's spawn round: 1, 2, ….
  public let round: Int
  /// The position in spawn order, from 0.
  public let index: Int
  /// The key that is unique within the round.
  public let key: Key
  /// The siblings that must succeed before it may start.
  public let dependsOn: [Key]

  /// Puts a place together, as an adapter does that reads it back.
  package init(
    parent: Plan.ID, root: Plan.ID, depth: Int, round: Int, index: Int, key: Key, dependsOn: [Key]
  ) {
    self.parent = parent
    self.root = root
    self.depth = depth
    self.round = round
    self.index = index
    self.key = key
    self.dependsOn = dependsOn
  }
}

extension ChildPosition: Hashable {
  /// Places are equal when all their values are.
  public static func == (a: ChildPosition, b: ChildPosition) -> Bool {
    a === b
      || a.parent == b.parent && a.root == b.root && a.depth == b.depth && a.round == b.round
        && a.index == b.index && a.key == b.key && a.dependsOn == b.dependsOn
  }

  /// Hashes what tells places apart.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(parent)
    hasher.combine(round)
    hasher.combine(index)
  }
}
