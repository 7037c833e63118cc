import Planwright

/// What a program's standard output says, read as an outcome.
enum ProgramOutput {
  /// The outcome that stands there; nothing at all means that the phase is complete.
  ///
  /// Throws `FieldError` for anything but one document with one of the keys result, children and
  /// constrained.
  static func outcome(of bytes: [UInt8]) throws(FieldError) -> Outcome {
    guard bytes.contains(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) else {
      return .complete(.null)
    }
    let root = try Field(parsing: bytes, document: "the program's output")
    try root.checkKeys(["result", "children", "schedule", "constrained"])
    let members = try root.members()
    if let children = try root.optional("children") {
      guard members["result"] == nil, members["constrained"] == nil else {
        throw root.wrong("children go with neither a result nor constrained")
      }
      return .spawn(
        try children.elements().map { (field) throws(FieldError) in try ChildSpec(field) },
        try root.optional("schedule").map(schedule) ?? .standard)
    }
    guard members["schedule"] == nil else { throw root.wrong("a schedule goes with children") }
    if let reason = try root.optional("constrained") {
      guard members["result"] == nil else {
        throw root.wrong("constrained does not go with a result")
      }
      return .constrain(reason: try reason.string())
    }
    return .complete(members["result"] ?? .null)
  }

  private static func schedule(_ field: Field) throws(FieldError) -> ChildSchedule {
    try field.checkKeys(["mode", "maxParallel", "failFast"])
    let modeField = try field.required("mode")
    guard let mode = ChildSchedule.Mode(rawValue: try modeField.string()) else {
      let modes = ChildSchedule.Mode.allCases.map(\.rawValue).joined(separator: ", ")
      throw modeField.wrong("choose one of \(modes)")
    }
    let width = try field.optional("maxParallel")?.integer() ?? ChildSchedule.standard.maxParallel
    let failFast = try field.optional("failFast")?.bool() ?? false
    return try field.checked { () throws(PlanError) in
      try ChildSchedule(mode: mode, maxParallel: width, failFast: failFast)
    }
  }
}

extension ChildSpec {
  /// The child that stands in a program's output.
  init(_ field: Field) throws(FieldError) {
    try field.checkKeys(["key", "action", "arguments", "dependsOn", "automation"])
    let actionField = try field.required("action")
    let action = try actionField.string()
    let automation = try field.optional("automation")
    self.init(
      key: try field.optional("key")?.short(KeyRule.self),
      action: try actionField.checked { () throws(PlanError) in try ActionName(action) },
      arguments: try field.optional("arguments")?.members() ?? [:],
      dependsOn: try field.optional("dependsOn")?.elements()
        .map { (key) throws(FieldError) in try key.short(KeyRule.self) } ?? [],
      automation: try automation.map { (field) throws(FieldError) in
        let preset = try field.string()
        return try field.checked { () throws(PlanError) in try Automation(preset: preset) }
      } ?? .auto)
  }
}
