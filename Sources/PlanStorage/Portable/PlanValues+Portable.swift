import PlanDomain

extension Actors {
  var portable: JSONValue {
    .array([strategy, execution, apply].map { .string($0.description) })
  }

  init?(portable value: JSONValue) {
    guard let names = value.arrayValue, names.count == 3,
      let actors = try? names.map({ try $0.short(ActorName.self) }),
      let strategy = actors[0], let execution = actors[1], let apply = actors[2]
    else { return nil }
    self.init(strategy: strategy, execution: execution, apply: apply)
  }
}

extension Automation {
  var portable: JSONValue {
    .array([.bool(advanceToExecute), .bool(advanceToApply), .bool(revertWhenConstrained)])
  }

  init?(portable value: JSONValue) {
    guard let steps = value.arrayValue?.compactMap(\.boolValue), steps.count == 3 else {
      return nil
    }
    self.init(
      advanceToExecute: steps[0], advanceToApply: steps[1], revertWhenConstrained: steps[2])
  }
}

extension RetryPolicy {
  var portable: JSONValue {
    .array([.integer(Int64(attempts)), .integer(baseMicroseconds), .integer(capMicroseconds)])
  }

  init?(portable value: JSONValue) {
    guard let numbers = value.arrayValue?.compactMap(\.integerValue), numbers.count == 3,
      let attempts = Int(exactly: numbers[0]),
      let policy = try? RetryPolicy(
        attempts: attempts, base: .microseconds(numbers[1]), cap: .microseconds(numbers[2]))
    else { return nil }
    self = policy
  }
}

extension ArgumentDefinition {
  var portable: JSONValue {
    var members: [JSONObject.Member] = [
      ("name", .string(name)), ("type", .string(type.rawValue)),
      ("description", .string(description)),
    ]
    if case .optional(let value) = requirement {
      // A list, so that a default of null differs from no default.
      members.append(("optional", .array(value.map { [$0] } ?? [])))
    }
    if let minimum { members.append(("minimum", minimum)) }
    if let maximum { members.append(("maximum", maximum)) }
    if let pattern { members.append(("pattern", .string(pattern))) }
    return .members(members)
  }

  init?(portable value: JSONValue) throws {
    guard let name = value["name"]?.stringValue,
      let type = value["type"]?.stringValue.flatMap(ArgumentType.init(rawValue:)),
      let description = value["description"]?.stringValue
    else { return nil }
    var requirement = Requirement.required
    if let optional = value["optional"] {
      guard let values = optional.arrayValue, values.count <= 1 else { return nil }
      requirement = .optional(default: values.first)
    }
    self = try .stored(
      name: name, type: type, requirement: requirement, minimum: value["minimum"],
      maximum: value["maximum"], pattern: value["pattern"]?.stringValue, description: description)
  }
}

extension ProjectUse {
  var portable: JSONValue {
    .array([
      .string(name.description), JSONValue(alias?.description), .bool(readOnly),
    ])
  }

  init?(portable value: JSONValue) throws {
    guard let parts = value.arrayValue, parts.count == 3,
      let name = try parts[0].short(ProjectName.self), let readOnly = parts[2].boolValue
    else { return nil }
    let alias = try parts[1].short(ProjectName.self)
    guard alias != nil || parts[1] == .null else { return nil }
    self.init(name: name, alias: alias, readOnly: readOnly)
  }
}

extension Plan.Failure {
  var portable: JSONValue {
    var members: [JSONObject.Member] = [
      ("code", .string(code.description)), ("message", .string(message)),
      ("retryable", .bool(isRetryable)),
    ]
    if let detail { members.append(("detail", detail)) }
    if let retryAfter { members.append(("retryAfter", JSONValue(retryAfter))) }
    return .members(members)
  }

  init?(portable value: JSONValue) throws {
    let delay = value["retryAfter"]
    guard let code = try value["code"]?.short(Key.self),
      let message = value["message"]?.stringValue, let isRetryable = value["retryable"]?.boolValue
    else { return nil }
    guard delay == nil || delay?.integerValue != nil else { return nil }
    try self.init(
      code: code, message: message, detail: value["detail"], isRetryable: isRetryable,
      retryAfter: delay?.integerValue.map { .microseconds($0) })
  }
}

extension PhaseTimes {
  var portable: JSONValue {
    .array([JSONValue(queuedAt), JSONValue(startedAt), JSONValue(endedAt)])
  }

  init?(portable value: JSONValue) {
    guard let times = value.arrayValue, times.count == 3,
      times.allSatisfy({ $0 == .null || $0.integerValue != nil })
    else { return nil }
    self.init(
      queuedAt: Timestamp(portable: times[0]), startedAt: Timestamp(portable: times[1]),
      endedAt: Timestamp(portable: times[2]))
  }
}

extension JSONValue {
  /// Creates an object of members whose keys are each used once.
  static func members(_ members: [JSONObject.Member]) -> JSONValue {
    .object((try? JSONObject(members)) ?? [:])
  }
}
