import Planwright

/// Why some plans do not move, and the command that makes them move.
struct Standstill: Hashable, Sendable {
  /// The kind of standstill, stable for programs.
  enum Kind: String, Hashable, Sendable, CaseIterable {
    /// The lease has expired, and no worker has taken it away.
    case leaseExpired
    /// The plan waits for the approval of an operator.
    case waitsForApproval
    /// The plan failed.
    case failed
    /// The plan could not be applied.
    case constrained
    /// The plan is ready, and no worker has taken it.
    case notClaimed
    /// The plan failed an attempt and is repeated later.
    case retriesLater
    /// The plan starts later, as its creator or a handler wished.
    case startsLater
    /// The child waits for another child that it depends on.
    case waitsForDependency
    /// The child waits until another child of its parent has ended.
    case waitsForSlot
    /// The parent waits for children.
    case waitsForChildren
    /// The store reports a problem.
    case store
  }

  let kind: Kind
  /// The plan; nil when it is about the store.
  let plan: Plan.ID?
  /// What is the matter, in one sentence.
  let reason: String
  /// The command to type; nil when nothing needs to be done.
  let command: String?
  /// Whether somebody must do something.
  var needsAction: Bool { command != nil }

  var document: JSONValue {
    [
      "kind": .string(kind.rawValue), "plan": plan.map { .string($0.description) } ?? .null,
      "reason": .string(reason), "command": command.map { .string($0) } ?? .null,
    ]
  }
}
