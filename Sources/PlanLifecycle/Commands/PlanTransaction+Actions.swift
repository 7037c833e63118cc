public import PlanDomain
import PlanStorage

extension PlanTransaction {
  /// Stores a new action; throws `actionAlreadyExists` when the name is in use.
  @discardableResult
  public func createAction(_ definition: ActionDefinition) throws -> Action {
    try command {
      guard try session.action(definition.name) == nil else {
        throw PlanError.actionAlreadyExists(definition.name)
      }
      let action = Action(creating: definition, at: now)
      try session.insert(action)
      changes.noteWrite()
      return action
    }
  }

  /// Replaces the definition of an action whose version is the given one.
  ///
  /// Throws `actionNotFound` or `actionVersionConflict`.
  @discardableResult
  public func updateAction(
    _ definition: ActionDefinition, ifVersion version: Int
  ) throws -> Action {
    try command {
      let action = try unchanged(definition.name, version)
      let updated = try action.updated(to: definition, at: now)
      try session.save(updated, replacing: version)
      changes.noteWrite()
      return updated
    }
  }

  /// Archives an action whose version is the given one, so that it accepts no new plans.
  ///
  /// Throws `actionNotFound` or `actionVersionConflict`. An archived action is returned unchanged.
  @discardableResult
  public func archiveAction(_ name: ActionName, ifVersion version: Int) throws -> Action {
    try command { try archive(try unchanged(name, version)) }
  }

  func archive(_ action: Action) throws -> Action {
    if action.state == .archived { return action }
    let archived = action.archived(at: now)
    try session.save(archived, replacing: action.version)
    changes.noteWrite()
    return archived
  }

  private func unchanged(_ name: ActionName, _ version: Int) throws -> Action {
    let action = try action(name)
    guard action.version == version else {
      throw PlanError.actionVersionConflict(name, expected: version, found: action.version)
    }
    return action
  }
}
