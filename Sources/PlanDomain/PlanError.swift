/// A request that was refused: its code for programs, its text for people, and what it is about.
///
/// Programs match on the code, in a `catch` or a `switch` with a `default`, so that a new code breaks
/// none of them:
///
///     do {
///       try await system.plans.write { try $0.complete(token) }
///     } catch PlanError.Code.leaseLost {
///       return  // Another worker has the plan now.
///     }
///
/// Neither the text nor any property holds the value of an argument, a result or any other text that
/// could be a secret.
public struct PlanError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was refused, as a constant for programs.
  public let code: Code
  /// One sentence for people: what was refused, what is wrong with it, and what to do.
  public let description: String
  /// What is wrong, without its place and without advice, where that differs from case to case.
  public let reason: String?
  /// The field or the argument that is wrong, as in `retry.attempts`.
  public let field: String?
  /// The position of what is wrong in a JSON text, in bytes from its start.
  public let offset: Int?
  /// The greatest count or size that is allowed.
  public let limit: Int?
  /// The action that was used, read or changed.
  public let action: ActionName?
  /// The plan that was read or changed; for `idempotencyConflict` the plan that has the key.
  public let plan: Plan.ID?
  /// The idempotency key, or the key of the child that was refused.
  public let key: Key?
  /// The status of the plan when it was refused a command.
  public let status: PlanStatus?
  /// When the plan can be claimed.
  public let readyAt: Timestamp?
  /// The version that the caller had read.
  public let expectedVersion: Int?
  /// The version that is stored.
  public let foundVersion: Int?
  /// Why the child of a spawn was refused; nil for every code but `invalidChild`.
  public var childError: PlanError? { childErrors.first }
  /// At most one; a struct cannot hold another one of its type directly.
  private let childErrors: [PlanError]

  init(
    _ code: Code, _ description: String, reason: String? = nil, field: String? = nil,
    offset: Int? = nil, limit: Int? = nil, action: ActionName? = nil, plan: Plan.ID? = nil,
    key: Key? = nil, status: PlanStatus? = nil, readyAt: Timestamp? = nil,
    expectedVersion: Int? = nil, foundVersion: Int? = nil, childError: PlanError? = nil
  ) {
    self.code = code
    self.description = description
    self.reason = reason
    self.field = field
    self.offset = offset
    self.limit = limit
    self.action = action
    self.plan = plan
    self.key = key
    self.status = status
    self.readyAt = readyAt
    self.expectedVersion = expectedVersion
    self.foundVersion = foundVersion
    childErrors = childError.map { [$0] } ?? []
  }

  /// What kind of answer the error is; for a refused child of a spawn, that of its own error.
  public var category: Category { childError?.category ?? code.category }
}
