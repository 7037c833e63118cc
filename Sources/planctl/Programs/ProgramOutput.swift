import Planwright

/// Reads the standard output of a program as an outcome.
enum ProgramOutput {
  /// The outcome in the output; an empty output completes the phase without a result.
  ///
  /// Children are created from the definitions in `actions`, which are registered again if another
  /// plan file has registered others in the meantime. Throws `FieldError` unless the output is empty
  /// or one JSON object with at most one of the keys `result`, `children` (only in the phase execute)
  /// and `constrained` (only in apply).
  static func outcome(
    of bytes: [UInt8], in phase: PlanPhase, actions: [ActionName: ActionDefinition] = [:]
  ) throws(FieldError) -> HandlerOutcome {
    guard bytes.contains(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) else {
      return .complete(.null)
    }
    let root = try Field(parsing: bytes, document: "the program's output")
    try root.checkKeys(["result", "children", "schedule", "constrained"])
    let members = try root.members()
    if let children = try root.optional("children") {
      guard members["result"] == nil, members["constrained"] == nil else {
        throw root.error("'children' cannot be combined with 'result' or 'constrained'")
      }
      guard phase == .execute else {
        throw root.error("'children' is for the phase execute only; this is \(phase.rawValue)")
      }
      return try spawn(children, try root.optional("schedule").map(schedule) ?? .standard, actions)
    }
    guard members["schedule"] == nil else { throw root.error("'schedule' requires 'children'") }
    if let reason = try root.optional("constrained") {
      guard members["result"] == nil else {
        throw root.error("'constrained' cannot be combined with 'result'")
      }
      guard phase == .apply else {
        throw root.error("'constrained' is for the phase apply only; this is \(phase.rawValue)")
      }
      return .constrain(reason: try reason.string())
    }
    return .complete(members["result"] ?? .null)
  }

  private static func spawn(
    _ children: Field, _ schedule: ChildSchedule, _ actions: [ActionName: ActionDefinition]
  ) throws(FieldError) -> HandlerOutcome {
    let elements = try children.elements()
    let specs = try elements.map { (field) throws(FieldError) in try ChildSpec(field) }
    var named: Set<ActionName> = []
    var found: [ActionDefinition] = []
    for element in elements {
      let name = try ChildSpec.action(element)
      if named.insert(name).inserted, let action = actions[name] { found.append(action) }
    }
    return .spawn(schedule) { [definitions = found] transaction in
      for definition in definitions { try transaction.register(definition) }
      return specs
    }
  }

  private static func schedule(_ field: Field) throws(FieldError) -> ChildSchedule {
    try field.checkKeys(["mode", "maxParallel", "failFast"])
    let modeField = try field.required("mode")
    guard let mode = ChildSchedule.Mode(rawValue: try modeField.string()) else {
      let modes = ChildSchedule.Mode.allCases.map(\.rawValue).joined(separator: ", ")
      throw modeField.error("expected one of \(modes)")
    }
    let maxParallel =
      try field.optional("maxParallel")?.integer() ?? ChildSchedule.standard.maxParallel
    let failFast = try field.optional("failFast")?.bool() ?? false
    return try field.checked { () throws(PlanError) in
      try ChildSchedule(mode: mode, maxParallel: maxParallel, failFast: failFast)
    }
  }
}

extension ChildSpec {
  /// Reads a child from the output of a program.
  init(_ field: Field) throws(FieldError) {
    try field.checkKeys(["key", "action", "arguments", "dependsOn", "automation"])
    let automation = try field.optional("automation")
    self.init(
      key: try field.optional("key")?.shortText(KeyRule.self),
      action: try Self.action(field),
      arguments: try field.optional("arguments")?.members() ?? [:],
      dependsOn: try field.optional("dependsOn")?.elements()
        .map { (key) throws(FieldError) in try key.shortText(KeyRule.self) } ?? [],
      automation: try automation.map { (field) throws(FieldError) in
        let preset = try field.string()
        return try field.checked { () throws(PlanError) in try Automation(preset: preset) }
      } ?? .auto)
  }

  /// The name of a child's action.
  fileprivate static func action(_ field: Field) throws(FieldError) -> ActionName {
    let name = try field.required("action")
    let text = try name.string()
    return try name.checked { () throws(PlanError) in try ActionName(text) }
  }
}
