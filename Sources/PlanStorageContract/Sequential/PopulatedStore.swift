import PlanDomain
import PlanStorage

/// A store with something of everything in it.
struct PopulatedStore: Sendable {
  let engine: any StorageEngine
  let action: Action
  let family: [Plan]
  let single: Plan
}

/// A change, or a question, with a name.
struct Named<Session>: Sendable {
  let name: String
  let run: @Sendable (Session) throws -> Void
}

extension CaseContext {
  func populated() throws -> PopulatedStore {
    let (engine, action) = try withAction()
    let family = try family(of: action)
    let single = try Sample.plan(
      40, of: action, status: .strategizeProcessing, version: 2, epoch: 1, key: "single",
      projects: ["p"])
    try engine.write { work in
      for plan in family + [single] {
        try work.insert(plan)
        try work.append(Sample.event(plan.id, 1))
      }
    }
    return PopulatedStore(engine: engine, action: action, family: family, single: single)
  }

  /// Every kind of change that such a store allows.
  func changes(_ store: PopulatedStore) throws -> [Named<any UnitOfWork>] {
    let (action, single, root) = (store.action, store.single, store.family[0])
    let newAction = try Sample.action("kit/new")
    let newVersion = try Sample.action(version: 2)
    let newPlan = try Sample.plan(90, of: action, key: "new", projects: ["q"])
    let newChild = try Sample.plan(
      91, of: action, readyAt: nil,
      position: Sample.position(below: root, index: 7, key: "g", dependsOn: ["a"]))
    let settled = single.with(
      try Sample.progress(
        .strategizeComplete, version: 3, epoch: 1,
        documents: PlanDocuments(
          strategize: .string("r"), execute: nil, apply: nil, checkpoint: nil, failure: nil)))
    let started = store.family[3].with(try Sample.progress(.strategizeQueued))
    return [
      Named(name: "insert an action") { try $0.insert(newAction) },
      Named(name: "save an action") { try $0.save(newVersion, replacing: action.version) },
      Named(name: "insert a plan") { try $0.insert(newPlan) },
      Named(name: "insert a child") { try $0.insert(newChild) },
      Named(name: "save a plan") { try $0.save(settled, replacing: single) },
      Named(name: "give a child its slot") { try $0.save(started, replacing: store.family[3]) },
      Named(name: "append an event") { try $0.append(Sample.event(single.id, 2)) },
      Named(name: "remove a tree") { _ = try $0.removeTree(root.id) },
      Named(name: "remove a lone root") { _ = try $0.removeTree(single.id) },
    ]
  }

  /// Changes that such a store must refuse.
  func refusals(_ store: PopulatedStore) throws -> [Named<any UnitOfWork>] {
    let (action, single, root) = (store.action, store.single, store.family[0])
    let twin = try Sample.plan(
      92, of: action, position: Sample.position(below: root, index: 0, key: "new"))
    let sameKey = try Sample.plan(93, of: action, key: "single")
    let stale = single.with(try Sample.progress(.strategizeComplete, version: 1, epoch: 1))
    let strangers = try Sample.plan(94, of: Sample.action("kit/none"))
    return [
      Named(name: "insert an action again") { try $0.insert(action) },
      Named(name: "save a stale action") { try $0.save(action, replacing: 9) },
      Named(name: "insert a plan again") { try $0.insert(single) },
      Named(name: "insert a key again") { try $0.insert(sameKey) },
      Named(name: "insert a sibling's twin") { try $0.insert(twin) },
      Named(name: "insert a plan of no action") { try $0.insert(strangers) },
      Named(name: "save a stale plan") { try $0.save(single, replacing: stale) },
      Named(name: "append a gap") { try $0.append(Sample.event(single.id, 3)) },
      Named(name: "remove a child") { _ = try $0.removeTree(store.family[1].id) },
    ]
  }

  /// Every kind of read.
  func reads(_ store: PopulatedStore) throws -> [Named<any ReadSession>] {
    let (action, single, root) = (store.action, store.single, store.family[0])
    let key = Key("a")
    return [
      Named(name: "plan") { _ = try $0.plan(single.id) },
      Named(name: "plan by key") { _ = try $0.plan(of: action.name, idempotencyKey: key) },
      Named(name: "plans") { _ = try $0.plans(matching: PlanQuery()) },
      Named(name: "counts") { _ = try $0.counts(in: .all) },
      Named(name: "children") { _ = try $0.children(of: root.id, round: 1) },
      Named(name: "startable") {
        _ = try $0.startableChildren(of: root.id, round: 1, limit: 9)
      },
      Named(name: "dependents") { _ = try $0.dependents(on: key, parent: root.id, round: 1) },
      Named(name: "ready") { _ = try $0.readyPlans(for: [single.actor], at: .far, limit: 9) },
      Named(name: "next ready") { _ = try $0.nextReadyAt(for: [single.actor]) },
      Named(name: "leases") { _ = try $0.expiredLeases(at: .far, limit: 9) },
      Named(name: "next expiry") { _ = try $0.nextLeaseExpiry() },
      Named(name: "final roots") { _ = try $0.finalRoots(endedBefore: .far, limit: 9) },
      Named(name: "action") { _ = try $0.action(action.name) },
      Named(name: "actions") { _ = try $0.actions(matching: ActionQuery()) },
      Named(name: "events of a plan") { _ = try $0.events(of: single.id, after: 0, limit: 9) },
      Named(name: "events") { _ = try $0.events(after: .start, limit: 9) },
    ]
  }
}
