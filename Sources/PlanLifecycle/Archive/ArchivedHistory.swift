import PlanDomain

/// Compares the events of an archived plan with the plan.
struct ArchivedHistory {
  private let plan: Plan
  /// The latest event.
  private(set) var last: PlanEvent?

  /// Creates the history of a plan without events.
  init(of plan: Plan) { self.plan = plan }

  /// Adds an event; returns what is wrong with it, or nil.
  mutating func add(_ event: PlanEvent) -> String? {
    defer { last = event }
    guard event.plan == plan.id else { return "event of plan \(event.plan) behind another plan" }
    let sequence = last?.sequence ?? 0
    guard event.sequence == sequence + 1 else {
      return "event \(event.sequence) of plan \(plan.id) follows event \(sequence)"
    }
    guard event.from == last?.to, event.epoch >= last?.epoch ?? 0 else {
      return "event \(event.sequence) of plan \(plan.id) does not go on from the one before"
    }
    return nil
  }

  /// Returns what is missing, or nil for a complete history.
  func end() -> String? {
    guard let last, last.sequence == plan.version, last.to == plan.status,
      last.epoch <= plan.progress.epoch
    else {
      return "the events of plan \(plan.id) do not lead to its version, status and epoch"
    }
    return nil
  }
}

extension Plan {
  /// What no store may hold of the plan, or nil.
  var invalidPart: String? {
    let progress = progress
    guard (status.state == .processing) == (progress.lease != nil) else {
      return "plan \(id) is \(status) and has \(progress.lease == nil ? "no" : "a") lease"
    }
    guard status.state == .queued || progress.readyAt == nil else {
      return "plan \(id) is \(status) and has a time from which it is ready"
    }
    guard version > 0, progress.attempt >= 0, progress.epoch >= 0, progress.reversionCount >= 0
    else { return "plan \(id) has a counter below zero" }
    do {
      try definition.checkSizes()
      for document in progress.allDocuments { try document.checked(field: "document") }
    } catch { return "plan \(id): \(error.description)" }
    return nil
  }
}

extension PlanProgress {
  fileprivate var allDocuments: [JSONValue] {
    let results = PlanPhase.allCases.map { result(of: $0) }
    return (results + [checkpoint?.data, failure?.detail, input]).compactMap { $0 }
  }
}

extension PlanDefinition {
  fileprivate func checkSizes() throws(PlanError) {
    try PlanLimits.checkText(description, field: "description", required: false)
    try PlanLimits.checkText(definitionOfDone, field: "definitionOfDone", required: false)
    try PlanLimits.checkText(createdBy ?? "", field: "createdBy", required: false)
    try JSONValue.object(arguments).checked(field: "arguments")
    guard labels.count <= PlanLimits.labels else {
      throw .invalidText(field: "labels", reason: "there are more than \(PlanLimits.labels)")
    }
    let bytes = context.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
    guard bytes <= PlanLimits.contextBytes else {
      throw .textTooLarge(field: "context", bytes: bytes, limit: PlanLimits.contextBytes)
    }
  }
}
