package import PlanDomain

/// Creates valid actions, plans and events for the cases.
package enum Sample {
  /// A time in microseconds.
  package static func time(_ microseconds: Int64) -> Timestamp {
    Timestamp(microseconds: microseconds)
  }

  /// An id for this number; ids have the order of their numbers.
  package static func id(_ number: UInt64) -> Plan.ID { Plan.ID(ULID(high: 7, low: number)) }

  /// An action with this actor for all phases.
  package static func action(
    _ name: String = "kit/sample", actor: String = "actor", version: Int = 1,
    state: Action.State = .available, tags: [String] = [], at now: Int64 = 1_000
  ) throws -> Action {
    let actor = try ActorName(actor)
    let definition = try ActionDefinition(
      name: ActionName(name), description: "do it", definitionOfDone: "it is done",
      actors: Actors(strategy: actor, execution: actor), arguments: .none,
      tags: tags.map { try Action.Tag($0) })
    return Action(
      definition: definition, state: state, version: version, createdAt: time(now),
      updatedAt: time(now))
  }

  /// A plan in this status, with the lease, ready time and end time that the status requires.
  package static func plan(
    _ number: UInt64, of action: Action, status: PlanStatus = .strategizeQueued, version: Int = 1,
    epoch: Int = 0, readyAt: Int64? = 1_000, expiresAt: Int64 = 9_000, endedAt: Int64 = 5_000,
    key: String? = nil, position: ChildPosition? = nil, projects: [String] = [],
    labels: [Key: Plan.Label.Value] = [:], createdAt: Int64 = 1_000, unmet: Int = 0
  ) throws -> Plan {
    let definition = PlanDefinition(
      id: id(number), action: action.snapshot, description: "do it", definitionOfDone: "it is done",
      arguments: [:], defaultedArguments: [],
      projects: try projects.map { ProjectUse(name: try ProjectName($0)) },
      automation: .manual, idempotencyKey: try key.map { try Key($0) }, labels: labels,
      createdBy: nil, createdAt: time(createdAt), position: position)
    return Plan(
      definition: definition,
      progress: try progress(
        status, version: version, epoch: epoch, readyAt: readyAt, expiresAt: expiresAt,
        endedAt: endedAt, unmet: unmet))
  }

  /// The changing part of a plan in this status.
  package static func progress(
    _ status: PlanStatus, version: Int = 1, epoch: Int = 0, readyAt: Int64? = 1_000,
    expiresAt: Int64 = 9_000, endedAt: Int64 = 5_000, unmet: Int = 0, owner: String = "worker/1",
    documents: PlanDocuments? = nil
  ) throws -> PlanProgress {
    let lease = Lease(owner: try LeaseOwner(owner), expiresAt: time(expiresAt))
    let times = PhaseTimes(
      queuedAt: time(1_000), startedAt: nil, endedAt: status.isSettled ? time(endedAt) : nil)
    return PlanProgress(
      status: status, version: version, attempt: 1, reversionCount: 0, epoch: epoch,
      lease: status.state == .processing ? lease : nil,
      readyAt: status.state == .queued ? readyAt.map(time) : nil, unmetDependencies: unmet,
      updatedAt: time(1_000),
      times: (
        status.phase == .strategize ? times : PhaseTimes(),
        status.phase == .execute ? times : PhaseTimes(),
        status.phase == .apply ? times : PhaseTimes()
      ), documents: documents, round: nil)
  }

  /// A position of a child of this parent.
  package static func position(
    below parent: Plan, index: Int, key: String, round: Int = 1, dependsOn: [String] = []
  ) throws -> ChildPosition {
    ChildPosition(
      parent: parent.id, root: parent.definition.root, depth: parent.definition.depth + 1,
      round: round, index: index, key: try Key(key), dependsOn: try dependsOn.map { try Key($0) })
  }

  /// The event of a plan's creation for sequence 1, or of a claim for later sequences.
  package static func event(_ plan: Plan.ID, _ sequence: Int) throws -> PlanEvent {
    PlanEvent(
      plan: plan, sequence: sequence, command: sequence == 1 ? .use : .claim,
      from: sequence == 1 ? nil : .strategizeQueued, to: .strategizeProcessing,
      at: time(Int64(sequence)), attempt: 1, epoch: sequence,
      detail: sequence == 1 ? nil : .owner(try LeaseOwner("worker/\(sequence)")))
  }
}

extension Plan {
  /// A copy of the plan with this changing part.
  package func with(_ progress: PlanProgress) -> Plan {
    Plan(definition: definition, progress: progress)
  }
}
