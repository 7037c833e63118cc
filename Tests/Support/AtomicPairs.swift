public import PlanDomain
public import PlanStorage

/// Plans that are stored two at a time: half a pair is half a unit of work.
public enum AtomicPairs {
  /// The action of the plans, stored when it is not there.
  public static func action(in store: some StorageEngine) throws -> Action {
    let action = Action(creating: try Fixture.action(), at: Timestamp(microseconds: 1))
    return try store.write { work in
      if let stored = try work.action(action.name) { return stored }
      try work.insert(action)
      return action
    }
  }

  /// Stores the pair of this number, with its events.
  public static func store(
    _ number: UInt64, in store: some StorageEngine, _ action: Action
  ) throws {
    try store.write { try pair(number, in: $0, action) }
  }

  /// Stores the pair of this number as a part of a unit of work.
  public static func pair(
    _ number: UInt64, in work: any UnitOfWork, _ action: Action
  ) throws {
    try work.store(Fixture.plan(2 * number, of: action))
    try work.store(Fixture.plan(2 * number + 1, of: action))
  }
}
