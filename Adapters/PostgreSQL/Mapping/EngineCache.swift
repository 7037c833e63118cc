import PlanDomain
import PlanStorage

/// What an engine keeps of committed rows that never change, so that it need not decode them again.
///
/// Plans may be removed and stored again with the same id, so an entry is valid for the number of
/// its row, which each read returns. Keeps some 64 MiB of documents at most. Nobody waits for it: what
/// another thread is using at the moment counts as missing. Safe to use from any thread.
final class EngineCache: Sendable {
  private struct Actions: Sendable {
    var stored: [ActionName: StoredAction] = [:]
    var numbers: [ActionName: Int64] = [:]
  }

  private let definitions = (0..<8).map { _ in DefinitionCache() }
  private let actions = Locked(Actions())

  /// The definition of a plan with the number of its row; valid only for a row of that number.
  func definition(of id: Plan.ID) -> KnownDefinition? { part(of: id).definition(of: id) }

  /// Adds a definition, whose document has this number of bytes, and returns it, with the snapshot of
  /// its action shared.
  func note(_ definition: PlanDefinition, numbered number: Int64, bytes: Int) -> PlanDefinition {
    part(of: definition.id).note(definition, numbered: number, bytes: bytes)
  }

  private func part(of id: Plan.ID) -> DefinitionCache {
    definitions[Int(UInt(bitPattern: id.hashValue) % UInt(definitions.count))]
  }

  /// The latest known state of an action; valid only for a row with its number and revision.
  func action(_ name: ActionName) -> StoredAction? {
    actions.withLockIfFree { $0.stored[name] } ?? nil
  }

  /// Adds a committed action, and its number.
  func note(_ stored: StoredAction) {
    _ = actions.withLockIfFree { actions in
      if actions.stored.count >= 256 { actions.stored = [:] }
      actions.stored[stored.action.name] = stored
      Self.keep(stored.number, of: stored.action.name, in: &actions)
    }
  }

  func number(of name: ActionName) -> Int64? {
    actions.withLockIfFree { $0.numbers[name] } ?? nil
  }

  /// Adds the number of a committed action.
  func note(_ number: Int64, of name: ActionName) {
    _ = actions.withLockIfFree { Self.keep(number, of: name, in: &$0) }
  }

  private static func keep(_ number: Int64, of name: ActionName, in actions: inout Actions) {
    if actions.numbers.count >= 4_096 { actions.numbers = [:] }
    actions.numbers[name] = number
  }
}

/// The definitions of some plans.
private final class DefinitionCache: Sendable {
  private struct State: Sendable {
    // Two generations: what was not used for a generation is forgotten.
    var recent: [Plan.ID: KnownDefinition] = [:]
    var older: [Plan.ID: KnownDefinition] = [:]
    /// The bytes of the documents of the recent definitions.
    var recentBytes = 0
    var snapshots: Set<ActionSnapshot> = []
  }

  /// The maximum number of definitions in a generation.
  private static let most = 500
  /// The maximum number of bytes of the documents in a generation, before the last one.
  private static let mostBytes = 2 << 20
  private let state = Locked(State())

  func definition(of id: Plan.ID) -> KnownDefinition? {
    let found = state.withLockIfFree { state -> KnownDefinition? in
      if let entry = state.recent[id] { return entry }
      guard let entry = state.older[id] else { return nil }
      Self.keep(entry, of: id, in: &state)
      return entry
    }
    return found ?? nil
  }

  func note(_ definition: PlanDefinition, numbered number: Int64, bytes: Int) -> PlanDefinition {
    if bytes > Self.mostBytes / 2 { return definition }
    let noted = state.withLockIfFree { state in
      let shared = definition.sharing(Self.shared(definition.action, in: &state))
      Self.keep(
        KnownDefinition(number: number, bytes: bytes, definition: shared), of: definition.id,
        in: &state)
      return shared
    }
    return noted ?? definition
  }

  private static func keep(_ entry: KnownDefinition, of id: Plan.ID, in state: inout State) {
    if state.recent.count >= most || state.recentBytes > mostBytes {
      (state.recent, state.older, state.recentBytes) = ([:], state.recent, 0)
      state.snapshots = []
    }
    state.recentBytes += entry.bytes - (state.recent[id]?.bytes ?? 0)
    state.recent[id] = entry
  }

  private static func shared(_ snapshot: ActionSnapshot, in state: inout State) -> ActionSnapshot {
    if state.snapshots.count >= 64 { state.snapshots = [] }
    return state.snapshots.insert(snapshot).memberAfterInsert
  }
}

/// The definition of a plan that the cache has, and the number of its row.
struct KnownDefinition: Sendable {
  let number: Int64
  /// The bytes of its document.
  let bytes: Int
  let definition: PlanDefinition
}

extension PlanDefinition {
  /// The same definition with an equal snapshot of its action.
  fileprivate func sharing(_ snapshot: ActionSnapshot) -> PlanDefinition {
    guard snapshot !== action else { return self }
    return PlanDefinition(
      id: id, action: snapshot, description: description, definitionOfDone: definitionOfDone,
      arguments: arguments, defaultedArguments: defaultedArguments, projects: projects,
      automation: automation, idempotencyKey: idempotencyKey, labels: labels, context: context,
      notBefore: notBefore, createdBy: createdBy, createdAt: createdAt, position: position)
  }
}
