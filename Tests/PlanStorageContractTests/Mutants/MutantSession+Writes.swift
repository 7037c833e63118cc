import PlanDomain
import PlanStorage
import PlanStorageContract

extension MutantSession {
  private func work() throws(StorageError) -> any UnitOfWork {
    guard let work = inner as? any UnitOfWork else {
      throw StorageError(.readOnly, operation: "writing", subject: "a mutant store")
    }
    if mutant == .abortsAfterRefusal, core.state.withLock({ $0.isAborted }) {
      throw StorageError(
        .inputOutput, operation: "writing", subject: "a mutant store",
        reason: "a statement before this one was refused")
    }
    return work
  }

  private func shortened(_ documents: PlanDocuments) -> PlanDocuments {
    switch mutant {
    case .cutsLongTexts: documents.with(strategize: documents.strategize?.withShortTexts)
    case .cutsDeepValues: documents.with(strategize: documents.strategize?.flattened(to: 32))
    default: documents
    }
  }

  func insert(_ plan: Plan) throws(StorageError) {
    var plan = plan
    if mutant == .forgetsField { plan = plan.with(createdBy: nil) }
    if mutant == .forgetsUniqueKeys, let key = plan.definition.idempotencyKey,
      try inner.plan(of: plan.definition.action.name, idempotencyKey: key) != nil
    {
      plan = plan.with(idempotencyKey: nil)
    }
    plan = plan.with(shortened)
    do { try work().insert(plan) } catch {
      if mutant == .forgetsSiblingKeys, error.code == .duplicate, try inner.plan(plan.id) == nil {
        return
      }
      if mutant == .swallowsDuplicates, error.code == .duplicate { return }
      if mutant == .forgetsReferences, error.code == .missingReference { return }
      throw error
    }
  }

  func save(_ plan: Plan, replacing before: Plan) throws(StorageError) {
    guard let stored = try inner.plan(plan.id) else {
      if mutant == .savesWhatIsMissing { return try work().insert(plan) }
      return try work().save(plan, replacing: before)
    }
    var (plan, before) = (plan, before)
    let (version, epoch) = (stored.version, stored.progress.epoch)
    switch mutant {
    case .ignoresVersions, .losesUpdates, .claimsTwice:
      before = before.with(version: version, epoch: epoch)
      if mutant == .losesUpdates, plan.version.isMultiple(of: 7) { return }
    case .ignoresEpochs: before = before.with(version: before.version, epoch: epoch)
    case .forgetsFieldOnSave: plan = plan.with { $0.with(failure: nil) }
    case .roundsNumbers: plan = plan.with { $0.with(strategize: $0.strategize?.rounded) }
    case .cutsLongTexts, .cutsDeepValues: plan = plan.with(shortened)
    case .keepsOldIndexEntries:
      core.state.withLock { $0.readyAt = before.progress.readyAt ?? $0.readyAt }
    case .savesFixedPart:
      core.state.withLock { $0.definitions[plan.id] = plan.definition }
    default: break
    }
    try work().save(plan, replacing: before)
  }

  func removeTree(_ root: Plan.ID) throws(StorageError) -> Int {
    if mutant == .keepsEventsOfRemoved {
      let events = try inner.events(after: .start, limit: .max)
      core.state.withLock { $0.removedEvents += events }
    }
    core.state.withLock { $0.removedTrees += 1 }
    do { return try work().removeTree(root) } catch {
      if mutant == .removesChildren, try inner.plan(root) != nil { return 1 }
      throw error
    }
  }

  func insert(_ action: Action) throws(StorageError) {
    let action = mutant == .roundsTimes ? action.withRoundedTimes : action
    do { try work().insert(action) } catch {
      if mutant == .swallowsDuplicates, error.code == .duplicate { return }
      throw error
    }
  }

  func save(_ action: Action, replacing version: Int) throws(StorageError) {
    let action = mutant == .roundsTimes ? action.withRoundedTimes : action
    if mutant == .savesWhatIsMissing, try inner.action(action.name) == nil {
      return try work().insert(action)
    }
    let stored = mutant == .ignoresActionVersions ? try inner.action(action.name)?.version : nil
    try work().save(action, replacing: stored ?? version)
  }

  func append(_ event: PlanEvent) throws(StorageError) {
    let number = core.state.withLock { state in
      state.appended += 1
      state.appendedInUnit += 1
      if state.appendedInUnit == mutant.lostOfUnit { state.hidden.insert(event) }
      return state.appended
    }
    if mutant == .forgetsEvents, number.isMultiple(of: 5) { return }
    do { try work().append(event) } catch {
      if mutant == .acceptsGaps, error.code == .duplicate { return }
      if mutant == .appendsWithoutPlan, error.code == .missingReference { return }
      if mutant == .writesDespiteRefusal, error.code == .duplicate {
        let latest = try inner.events(of: event.plan, after: 0, limit: .max).last?.sequence ?? 0
        try work().append(event.at(sequence: latest + 1))
      }
      core.state.withLock { $0.isAborted = true }
      throw error
    }
  }
}
