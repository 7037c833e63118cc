import PlanDomain
import PlanStorage

/// A store with an action, a tree of plans, a single plan, and their events.
struct PopulatedStore: Sendable {
  let engine: any StorageEngine
  let action: Action
  let tree: [Plan]
  let single: Plan
}

/// A read or a write with a name.
struct NamedCall<Session>: Sendable {
  let name: String
  let run: @Sendable (Session) throws -> Void
}

extension CaseContext {
  /// Creates a populated store.
  func populated() throws -> PopulatedStore {
    let (engine, action) = try withAction()
    let tree = try tree(of: action)
    let single = try Sample.plan(
      40, of: action, status: .strategizeProcessing, version: 2, epoch: 1, key: "single",
      projects: ["p"], labels: ["l": "1"])
    try engine.write { work in
      for plan in tree + [single] {
        try work.insert(plan)
        try work.append(Sample.event(plan.id, 1))
      }
    }
    return PopulatedStore(engine: engine, action: action, tree: tree, single: single)
  }

  /// A write of every kind that succeeds in a populated store.
  func changes(_ store: PopulatedStore) throws -> [NamedCall<any UnitOfWork>] {
    let (action, single, root) = (store.action, store.single, store.tree[0])
    let newAction = try Sample.action("kit/new")
    let newVersion = try Sample.action(version: 2)
    let newPlan = try Sample.plan(
      90, of: action, key: "new", projects: ["q"], labels: ["l": "1", "m": "2"])
    let newChild = try Sample.plan(
      91, of: action, readyAt: nil,
      position: Sample.position(below: root, index: 7, key: "g", dependsOn: ["a"]))
    let settled = single.with(
      try Sample.progress(
        .strategizeComplete, version: 3, epoch: 1,
        documents: PlanDocuments(
          strategize: .string("r"), execute: nil, apply: nil, checkpoint: nil, failure: nil)))
    let started = store.tree[3].with(try Sample.progress(.strategizeQueued))
    return [
      NamedCall(name: "insert an action") { try $0.insert(newAction) },
      NamedCall(name: "save an action") { try $0.save(newVersion, replacing: action.version) },
      NamedCall(name: "insert a plan") { try $0.insert(newPlan) },
      NamedCall(name: "insert a child") { try $0.insert(newChild) },
      NamedCall(name: "save a plan") { try $0.save(settled, replacing: single) },
      NamedCall(name: "give a child its slot") { try $0.save(started, replacing: store.tree[3]) },
      NamedCall(name: "append an event") { try $0.append(Sample.event(single.id, 2)) },
      NamedCall(name: "remove a tree") { _ = try $0.removeTree(root.id) },
      NamedCall(name: "remove a root without children") { _ = try $0.removeTree(single.id) },
    ]
  }

  /// Writes that must fail in a populated store.
  func refusals(_ store: PopulatedStore) throws -> [NamedCall<any UnitOfWork>] {
    let (action, single, root) = (store.action, store.single, store.tree[0])
    let sameIndex = try Sample.plan(
      92, of: action, position: Sample.position(below: root, index: 0, key: "new"))
    let sameKey = try Sample.plan(93, of: action, key: "single")
    let stale = single.with(try Sample.progress(.strategizeComplete, version: 1, epoch: 1))
    let withoutAction = try Sample.plan(94, of: Sample.action("kit/none"))
    return [
      NamedCall(name: "insert an action again") { try $0.insert(action) },
      NamedCall(name: "save a stale action") { try $0.save(action, replacing: 9) },
      NamedCall(name: "insert a plan again") { try $0.insert(single) },
      NamedCall(name: "insert an idempotency key again") { try $0.insert(sameKey) },
      NamedCall(name: "insert a child with the index of its sibling") {
        try $0.insert(sameIndex)
      },
      NamedCall(name: "insert a plan of an unknown action") { try $0.insert(withoutAction) },
      NamedCall(name: "save a stale plan") { try $0.save(single, replacing: stale) },
      NamedCall(name: "append an event after a gap") { try $0.append(Sample.event(single.id, 3)) },
      NamedCall(name: "remove a child") { _ = try $0.removeTree(store.tree[1].id) },
    ]
  }

  /// A read of every kind.
  func reads(_ store: PopulatedStore) throws -> [NamedCall<any ReadSession>] {
    let (action, single, root) = (store.action, store.single, store.tree[0])
    let key = Key("a")
    return [
      NamedCall(name: "plan") { _ = try $0.plan(single.id) },
      NamedCall(name: "plan by key") { _ = try $0.plan(of: action.name, idempotencyKey: key) },
      NamedCall(name: "plans") { _ = try $0.plans(matching: PlanQuery()) },
      NamedCall(name: "counts") { _ = try $0.counts(in: .all) },
      NamedCall(name: "children") { _ = try $0.children(of: root.id, round: 1) },
      NamedCall(name: "startable") {
        _ = try $0.startableChildren(of: root.id, round: 1, limit: 9)
      },
      NamedCall(name: "dependents") { _ = try $0.dependents(on: key, parent: root.id, round: 1) },
      NamedCall(name: "ready") { _ = try $0.readyPlans(for: [single.actor], at: .far, limit: 9) },
      NamedCall(name: "next ready") { _ = try $0.nextReadyAt(for: [single.actor]) },
      NamedCall(name: "leases") { _ = try $0.expiredLeases(at: .far, limit: 9) },
      NamedCall(name: "next expiry") { _ = try $0.nextLeaseExpiry() },
      NamedCall(name: "final roots") { _ = try $0.finalRoots(endedBefore: .far, limit: 9) },
      NamedCall(name: "action") { _ = try $0.action(action.name) },
      NamedCall(name: "actions") { _ = try $0.actions(matching: ActionQuery()) },
      NamedCall(name: "events of a plan") { _ = try $0.events(of: single.id, after: 0, limit: 9) },
      NamedCall(name: "events") { _ = try $0.events(after: .start, limit: 9) },
      NamedCall(name: "feed state") { _ = try $0.feedState() },
    ]
  }
}
