import Planwright

extension Plan {
  /// What a list shows of the plan, as JSON.
  var summary: JSONValue {
    var members: [JSONObject.Member] = [
      ("id", .string(id.description)),
      ("action", .string(definition.action.name.description)),
      ("actionVersion", .integer(Int64(definition.action.version))),
      ("description", .string(definition.description)),
      ("phase", .string(status.phase.rawValue)),
      ("state", .string(status.state.rawValue)),
      ("attempt", .integer(Int64(progress.attempt))),
      ("version", .integer(Int64(version))),
      ("createdAt", .string(definition.createdAt.description)),
      ("updatedAt", .string(progress.updatedAt.description)),
    ]
    if let position = definition.position {
      members.append(("parent", .string(position.parent.description)))
      members.append(("root", .string(position.root.description)))
      members.append(("key", .string(position.key.description)))
    }
    if let readyAt = progress.readyAt {
      members.append(("readyAt", .string(readyAt.description)))
    }
    if let failure = progress.failure { members.append(("failure", failure.document)) }
    return .object(members)
  }

  /// Everything that `status` shows of the plan, as JSON.
  var document: JSONValue {
    var members = summary.objectValue.map { Array($0) } ?? []
    members += [
      ("actor", .string(actor.description)),
      ("definitionOfDone", .string(definition.definitionOfDone)),
      ("arguments", .object(definition.arguments)),
      (
        "labels",
        .object(
          definition.labels.sorted { $0.key < $1.key }.map {
            ($0.key.description, .string($0.value.description))
          })
      ),
      ("projects", .array(definition.projects.map(\.document))),
      ("epoch", .integer(Int64(progress.epoch))),
      ("reverts", .integer(Int64(progress.reversionCount))),
    ]
    if let key = definition.idempotencyKey {
      members.append(("idempotencyKey", .string(key.description)))
    }
    if let by = definition.createdBy { members.append(("createdBy", .string(by))) }
    if let lease = progress.lease {
      members.append(
        (
          "lease",
          [
            "owner": .string(lease.owner.description),
            "expiresAt": .string(lease.expiresAt.description),
          ]
        ))
    }
    if let round = progress.round {
      members.append(
        (
          "children",
          [
            "round": .integer(Int64(round.number)), "total": .integer(Int64(round.total)),
            "ended": .integer(Int64(round.ended)),
          ]
        ))
    }
    if let checkpoint = progress.checkpoint {
      members.append(("checkpoint", .string(checkpoint.step.description)))
    }
    members.append(
      (
        "results",
        .array(
          PlanPhase.allCases.compactMap { phase in
            progress.result(of: phase).map { _ in .string(phase.rawValue) }
          })
      ))
    return .object(members)
  }
}

extension Plan.Failure {
  var document: JSONValue {
    [
      "code": .string(code.description), "message": .string(message),
      "isRetryable": .bool(isRetryable),
    ]
  }
}

extension ProjectUse {
  fileprivate var document: JSONValue {
    var members: [JSONObject.Member] = [
      ("name", .string(name.description)), ("readOnly", .bool(readOnly)),
    ]
    if let alias { members.append(("alias", .string(alias.description))) }
    return .object(members)
  }
}

extension PlanEvent {
  /// The event as JSON.
  var document: JSONValue {
    var members: [JSONObject.Member] = [
      ("plan", .string(plan.description)), ("sequence", .integer(Int64(sequence))),
      ("command", .string(command.rawValue)), ("to", .string(to.description)),
      ("at", .string(at.description)), ("attempt", .integer(Int64(attempt))),
      ("epoch", .integer(Int64(epoch))),
    ]
    if let from { members.insert(("from", .string(from.description)), at: 3) }
    if let detail { members.append(("detail", detail.document)) }
    if let by { members.append(("by", .string(by))) }
    if let note { members.append(("note", .string(note))) }
    return .object(members)
  }
}

extension PlanEvent.Detail {
  fileprivate var document: JSONValue {
    switch self {
    case .owner(let owner): ["owner": .string(owner.description)]
    case .reason(let reason): ["reason": .string(reason)]
    case .failure(let failure): ["failure": failure.document]
    case .children(let round, let count):
      ["round": .integer(Int64(round)), "children": .integer(Int64(count))]
    case .input(let bytes): ["inputBytes": .integer(Int64(bytes))]
    case .postponed(let until): ["postponedUntil": .string(until.description)]
    }
  }

  /// The detail in words, for people.
  var words: String {
    switch self {
    case .owner(let owner): "by \(owner)"
    case .reason(let reason): reason
    case .failure(let failure): "\(failure.code): \(failure.message)"
    case .children(let round, let count): "\(count) children, round \(round)"
    case .input(let bytes): "input of \(bytes) bytes"
    case .postponed(let until): "until \(until)"
    }
  }
}

extension JSONValue {
  /// The document on one line, in which nothing can control a terminal.
  var printed: String { serialized().escapedJSON }

  /// An object of these members, whose names differ.
  static func object(_ members: [JSONObject.Member]) -> JSONValue {
    .object((try? JSONObject(members)) ?? [:])
  }
}
