import Foundation
public import PlanDomain
public import PlanStorage

/// Every action, plan and event of a small store, as documents that a test can keep and compare.
public struct StoreContents: Equatable, Sendable {
  /// The actions, oldest first.
  public let actions: [Action]
  /// The plans, oldest first.
  public let plans: [Plan]
  /// The events, in the order of the feed.
  public let events: [PlanEvent]

  /// What this store holds; at most 1,000 of each kind.
  public init(of store: some StorageEngine) throws {
    self = try store.read { session in
      StoreContents(
        actions: try session.actions(
          matching: ActionQuery(order: .oldestFirst, limit: .largest)
        ).rows,
        plans: try session.plans(matching: PlanQuery(order: .oldestFirst, limit: .largest)).rows,
        events: try session.events(after: .start, limit: 1_000).map(\.event))
    }
  }

  /// The contents that the JSON document beside a stored database lists.
  public init(beside path: String) throws {
    let document = URL(fileURLWithPath: path).deletingPathExtension().appendingPathExtension("json")
    let bytes = Array(try Data(contentsOf: document))
    try self.init(portable: JSONValue(stored: bytes, field: document.lastPathComponent))
  }

  private init(actions: [Action], plans: [Plan], events: [PlanEvent]) {
    self.actions = actions
    self.plans = plans
    self.events = events
  }

  /// The contents that were written as this document.
  public init(portable value: JSONValue) throws {
    func list(_ key: String) -> [JSONValue] { value[key]?.arrayValue ?? [] }
    self.init(
      actions: try list("actions").map { try Action(portable: $0) },
      plans: try list("plans").map { try Plan(portable: $0) },
      events: try list("events").map { try PlanEvent(portable: $0) })
  }

  /// The contents as one document.
  public var portable: JSONValue {
    [
      "actions": .array(actions.map(\.portable)), "plans": .array(plans.map(\.portable)),
      "events": .array(events.map(\.portable)),
    ]
  }
}
