import PlanDomain
import PlanStorage

/// A unit of work that breaks one rule.
struct MutantUnitOfWork: UnitOfWorkDecorator {
  let inner: any UnitOfWork
  private let mutant: RuleMutant
  private let step: Step

  init(_ inner: any UnitOfWork, _ mutant: RuleMutant, _ step: Step) {
    self.inner = inner
    self.mutant = mutant
    self.step = step
  }

  private func seen(_ plan: Plan) -> Plan { mutant.read?(plan, step) ?? plan }

  private func seen(_ due: DuePlans) -> DuePlans {
    DuePlans(plans: due.plans.map(seen), unreadable: due.unreadable)
  }

  private func time(_ now: Timestamp) -> Timestamp {
    mutant.isAlwaysDue ? Timestamp(microseconds: .max) : now
  }

  func insert(_ plan: Plan) throws(StorageError) { try inner.insert(mutant.insert?(plan) ?? plan) }

  func save(_ plan: Plan, replacing before: Plan) throws(StorageError) {
    guard let save = mutant.save else { return try inner.save(plan, replacing: before) }
    if let changed = save(plan, before, step) { try inner.save(changed, replacing: before) }
  }

  func append(_ event: PlanEvent) throws(StorageError) {
    guard let append = mutant.append else { return try inner.append(event) }
    if let changed = append(event) { try inner.append(changed) }
  }

  func plan(_ id: Plan.ID) throws(StorageError) -> Plan? { try inner.plan(id).map(seen) }

  func plans(matching query: PlanQuery) throws(StorageError) -> QueryPage<Plan, PlanCursor> {
    let page = try inner.plans(matching: query)
    guard let pages = mutant.pages else { return page }
    return QueryPage(rows: pages(page.rows), next: page.next)
  }

  func children(of parent: Plan.ID, round: Int) throws(StorageError) -> [Plan] {
    let children = try inner.children(of: parent, round: round)
    return mutant.siblings?(children) ?? children
  }

  func startableChildren(
    of parent: Plan.ID, round: Int, limit: Int
  ) throws(StorageError) -> [Plan] {
    if let startable = mutant.startable { return try startable(inner, parent, round, limit) }
    return try inner.startableChildren(of: parent, round: round, limit: limit)
  }

  func dependents(on key: Key, parent: Plan.ID, round: Int) throws(StorageError) -> [Plan] {
    let found = try inner.dependents(on: key, parent: parent, round: round)
    guard let dependents = mutant.dependents else { return found }
    return try dependents(inner, found, parent)
  }

  func readyPlans(
    for actors: [ActorName], at now: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> DuePlans {
    seen(
      try inner.readyPlans(for: actors, at: time(now), limit: limit, excluding: excluded))
  }

  func expiredLeases(
    at now: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> DuePlans {
    seen(try inner.expiredLeases(at: time(now), limit: limit, excluding: excluded))
  }
}
