/// A refused request: a code for programs, a description for people, and the values concerned.
///
/// Nothing was changed when a call throws it. Match on the code in a `catch`, or in a `switch` with
/// a `default`, because later versions add codes:
///
/// ```swift
/// do {
///   try await system.plans.write { try $0.complete(token) }
/// } catch PlanError.Code.leaseLost {
///   return  // Another worker has the plan now.
/// }
/// ```
///
/// The description and the properties never contain the value of an argument or a result. They name
/// what the host named: actions, plans, keys, and in the path of a document keys of dictionaries.
/// For responses of a service, ``category`` says in which of four ways a request was refused. The
/// errors of a store are ``StorageError``s.
public struct PlanError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The stable code of the error.
  public let code: Code
  /// One sentence for people: what was refused, what is wrong and what to do.
  public let description: String
  /// What is wrong, without its position and without advice; nil when the code says it all.
  public let reason: String?
  /// The invalid field or argument, as in `retry.attempts`.
  public let field: String?
  /// The position of the error in a JSON text, in bytes from its start.
  public let offset: Int?
  /// The maximum count or size.
  public let limit: Int?
  /// The action that was used, read or changed.
  public let action: ActionName?
  /// The plan that was read or changed; for `idempotencyConflict` the plan that has the key.
  public let plan: Plan.ID?
  /// The idempotency key, the key of the child that was refused, or the code of a plan's failure.
  public let key: Key?
  /// The status of the plan when the command was refused or the plan had ended.
  public let status: PlanStatus?
  /// The time from which the plan can be claimed.
  public let readyAt: Timestamp?
  /// The cursor from which a reader of events can continue.
  public let resumeAt: EventCursor?
  /// The version that the caller had read.
  public let expectedVersion: Int?
  /// The version that is stored.
  public let foundVersion: Int?
  /// The error of the refused child of a spawn; nil for every code but `invalidChild`.
  public var childError: PlanError? { childErrors.first }
  /// The path in `field` as a store may keep it.
  let storablePath: StorablePath
  /// Has at most one element; an array, because a struct cannot contain a value of its own type.
  private let childErrors: [PlanError]

  init(
    _ code: Code, _ description: String, reason: String? = nil, field: String? = nil,
    offset: Int? = nil, limit: Int? = nil, action: ActionName? = nil, plan: Plan.ID? = nil,
    key: Key? = nil, status: PlanStatus? = nil, readyAt: Timestamp? = nil,
    resumeAt: EventCursor? = nil, expectedVersion: Int? = nil, foundVersion: Int? = nil,
    childError: PlanError? = nil, storablePath: String? = nil
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
    self.resumeAt = resumeAt
    self.expectedVersion = expectedVersion
    self.foundVersion = foundVersion
    childErrors = childError.map { [$0] } ?? []
    self.storablePath = StorablePath(text: storablePath ?? field)
  }

  /// The category of the error; for `invalidChild`, the category of the child's error.
  public var category: Category { childError?.category ?? code.category }
}
