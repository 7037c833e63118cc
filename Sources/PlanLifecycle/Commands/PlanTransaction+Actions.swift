public import PlanDomain
import PlanStorage

extension PlanTransaction {
  /// Stores a new action.
  ///
  /// Of several callers that create one name, exactly one succeeds. For the actions of a program
  /// that starts, `register` is the better choice.
  ///
  /// ```swift
  /// try await system.plans.write { try $0.createAction(definition) }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/actionAlreadyExists`` if the name is in use, also by an archived
  ///   action; ``StorageError`` if the store fails.
  @discardableResult
  public func createAction(_ definition: ActionDefinition) throws -> Action {
    try command {
      guard try session.action(definition.name) == nil else {
        throw PlanError.actionAlreadyExists(definition.name)
      }
      return try create(definition)
    }
  }

  /// Stores an action when a program starts: creates it, or updates it if its definition changed.
  ///
  /// If the stored definition is equal, nothing changes, also when the action is archived. The
  /// creator is not compared. Of several processes that register the same definition at once, one
  /// creates or updates the action and the others find it. Plans that exist keep their version.
  ///
  /// ```swift
  /// try await system.plans.write { try $0.register(definition) }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/actionArchived`` if the action is archived and its definition is
  ///   another one; ``StorageError`` if the store fails.
  @discardableResult
  public func register(_ definition: ActionDefinition) throws -> Action {
    try command {
      guard let action = try session.action(definition.name) else {
        return try create(definition)
      }
      if action.definition.equalsIgnoringCreator(definition) { return action }
      guard action.state == .available else { throw PlanError.actionArchived(action.name) }
      return try update(action, to: definition)
    }
  }

  /// Replaces the definition of an action whose version is the given one.
  ///
  /// Plans that exist keep what they have of the older version.
  ///
  /// ```swift
  /// try await system.plans.write { transaction in
  ///   let action = try transaction.action(definition.name)
  ///   try transaction.updateAction(definition, ifVersion: action.version)
  /// }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/actionNotFound`` if no action has this name;
  ///   ``PlanError/Code/actionVersionConflict`` if its version is another one; ``StorageError`` if
  ///   the store fails.
  @discardableResult
  public func updateAction(
    _ definition: ActionDefinition, ifVersion version: Int
  ) throws -> Action {
    try command {
      try update(try unchanged(definition.name, version), to: definition)
    }
  }

  /// Archives an action whose version is the given one, so that it accepts no new plans.
  ///
  /// Plans that exist go on. An archived action is returned unchanged.
  ///
  /// ```swift
  /// try await system.plans.write { transaction in
  ///   let action = try transaction.action("local/note")
  ///   try transaction.archiveAction("local/note", ifVersion: action.version)
  /// }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/actionNotFound`` if no action has this name;
  ///   ``PlanError/Code/actionVersionConflict`` if its version is another one; ``StorageError`` if
  ///   the store fails.
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

  private func create(_ definition: ActionDefinition) throws -> Action {
    let action = Action(creating: definition, at: now)
    try session.insert(action)
    changes.noteWrite()
    return action
  }

  private func update(_ action: Action, to definition: ActionDefinition) throws -> Action {
    let updated = try action.updated(to: definition, at: now)
    try session.save(updated, replacing: action.version)
    changes.noteWrite()
    return updated
  }

  private func unchanged(_ name: ActionName, _ version: Int) throws -> Action {
    let action = try action(name)
    guard action.version == version else {
      throw PlanError.actionVersionConflict(name, expected: version, found: action.version)
    }
    return action
  }
}
