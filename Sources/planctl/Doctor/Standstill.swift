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
    /// The worker that has the plan has not renewed its lease when it was due.
    case renewalMissed
    /// The plan became ready a moment ago.
    case queued
    /// The plan is ready, and no worker has taken it.
    case notClaimed
    /// The plan is ready, and its actor has another program by now.
    case programMissing
    /// The plan is ready, and all workers of its actor are busy.
    case waitsForWorker
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
  /// The command to type; nil when there is nothing to do but wait.
  let command: String?

  /// Whether nothing moves before somebody does something.
  var needsAction: Bool {
    switch kind {
    // The command makes it happen sooner.
    case .retriesLater, .startsLater: false
    default: command != nil
    }
  }

  var document: JSONValue {
    [
      "kind": .string(kind.rawValue),
      "needsAction": .bool(needsAction), "plan": plan.map { .string($0.description) } ?? .null,
      "reason": .string(reason), "command": command.map { .string($0) } ?? .null,
    ]
  }
}
