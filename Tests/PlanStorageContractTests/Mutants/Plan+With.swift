import PlanDomain
import PlanStorageContract

extension Plan {
  func with(createdBy: String?) -> Plan {
    Plan(
      definition: definition.with(createdBy: createdBy, key: definition.idempotencyKey),
      progress: progress)
  }

  func with(idempotencyKey: Key?) -> Plan {
    Plan(
      definition: definition.with(createdBy: definition.createdBy, key: idempotencyKey),
      progress: progress)
  }

  func with(version: Int, epoch: Int) -> Plan {
    with(progress.with(version: version, epoch: epoch, documents: progress.documents))
  }

  func with(_ change: (PlanDocuments) -> PlanDocuments) -> Plan {
    with(
      progress.with(
        version: version, epoch: progress.epoch, documents: progress.documents.map(change)))
  }
}

extension PlanDefinition {
  func with(createdBy: String?, key: Key?) -> PlanDefinition {
    PlanDefinition(
      id: id, action: action, description: description, definitionOfDone: definitionOfDone,
      arguments: arguments, defaultedArguments: defaultedArguments, projects: projects,
      automation: automation, idempotencyKey: key, labels: labels, context: context,
      notBefore: notBefore, createdBy: createdBy, createdAt: createdAt, position: position)
  }
}

extension PlanProgress {
  func with(
    version: Int, epoch: Int, documents: PlanDocuments?
  ) -> PlanProgress {
    PlanProgress(
      status: status, version: version, attempt: attempt, reversionCount: reversionCount,
      epoch: epoch, lease: lease, readyAt: readyAt, unmetDependencies: unmetDependencies,
      updatedAt: updatedAt,
      times: (self[times: .strategize], self[times: .execute], self[times: .apply]),
      documents: documents, round: round)
  }
}

extension PlanDocuments {
  func with(failure: Plan.Failure?) -> PlanDocuments {
    PlanDocuments(
      strategize: strategize, execute: execute, apply: apply, checkpoint: checkpoint,
      failure: failure, input: input)
  }

  func with(strategize: JSONValue?) -> PlanDocuments {
    PlanDocuments(
      strategize: strategize, execute: execute, apply: apply, checkpoint: checkpoint,
      failure: failure, input: input)
  }
}

extension JSONValue {
  /// What a column makes of it that takes texts of 65,535 bytes.
  var withShortTexts: JSONValue {
    guard case .string(let text) = self else { return self }
    return .string(String(decoding: text.utf8.prefix(65_535), as: UTF8.self))
  }

  /// What is left of it when values below this depth are dropped.
  func flattened(to depth: Int) -> JSONValue {
    switch self {
    case .array, .object: if depth == 0 { return .null }
    default: return self
    }
    if let elements = arrayValue { return .array(elements.map { $0.flattened(to: depth - 1) }) }
    let members = (objectValue ?? [:]).map {
      (key: $0.key, value: $0.value.flattened(to: depth - 1))
    }
    return (try? JSONObject(members)).map { .object($0) } ?? .null
  }

  /// What a parser makes of it that knows one kind of number.
  var rounded: JSONValue {
    switch self {
    case .double(let number):
      Int64(exactly: number.value).map { .integer($0) } ?? self
    case .integer(let number): .integer(Int64(exactly: Double(number)) ?? 0)
    case .array(let elements): .array(elements.map(\.rounded))
    default: self
    }
  }
}

extension Action {
  /// What a store makes of it that keeps times in milliseconds.
  var withRoundedTimes: Action {
    Action(
      definition: definition, state: state, version: version, createdAt: createdAt.rounded,
      updatedAt: updatedAt.rounded)
  }
}

extension Timestamp {
  fileprivate var rounded: Timestamp { Timestamp(microseconds: microseconds / 1_000 * 1_000) }
}

extension PlanEvent {
  func at(sequence: Int) -> PlanEvent {
    PlanEvent(
      plan: plan, sequence: sequence, command: command, from: from, to: to, at: at,
      attempt: attempt, epoch: epoch, detail: detail, by: by, note: note)
  }
}
