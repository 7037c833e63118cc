/// The position of a child plan: its parent, round, index and key; immutable.
public final class ChildPosition: Sendable {
  /// The plan that spawned it.
  public let parent: Plan.ID
  /// The root of the tree.
  public let root: Plan.ID
  /// The number of ancestors: 1…16.
  public let depth: Int
  /// The parent's spawn round: 1, 2, ….
  public let round: Int
  /// The index in spawn order, from 0.
  public let index: Int
  /// The key, unique within the round.
  public let key: Key
  /// The keys of the siblings that must succeed before the child can start.
  public let dependsOn: [Key]

  /// Creates a position, for example from stored values.
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
  /// Whether all values are equal.
  public static func == (a: ChildPosition, b: ChildPosition) -> Bool {
    a === b
      || a.parent == b.parent && a.root == b.root && a.depth == b.depth && a.round == b.round
        && a.index == b.index && a.key == b.key && a.dependsOn == b.dependsOn
  }

  /// Hashes parent, round and index, which identify a position.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(parent)
    hasher.combine(round)
    hasher.combine(index)
  }
}
