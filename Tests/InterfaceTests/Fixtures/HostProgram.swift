// Compiles: what a host needs is within its reach, so the other files fail for their own reasons.
import Planwright

func host() async throws {
  let options = SQLiteOptions(durability: .normal)
  let system = try PlanSystem.open(.sqlite(at: "plans.db", options: options))
  let plan = try await system.plans.write { transaction in
    try transaction.use("local/note", arguments: ["text": "milk"])
  }
  if let token = plan.leaseToken {
    try await system.plans.write { _ = try $0.complete(token, result: "done") }
  }
  do {
    let page = try await system.plans.read { try $0.plans(matching: PlanQuery()) }
    print(page.rows.count)
  } catch let error as StorageError {
    print(error.code, error.isRetryable)
  }
  let handle = try await system.plans.use("local/note", arguments: ["text": "bread"])
  print(try await handle.result(approvalLimit: .seconds(60)), try await handle.status())
  for try await event in system.plans.handle(for: plan.id).events { print(event.to) }
  let results = try await system.plans.waitForAll([handle]).map { try $0.get() }
  print(results, try await system.plans.waitForFirst([handle])?.handle.id ?? plan.id)
  let worker = system.worker(named: "here", handlers: ["me": { _, _ in .complete("done") }])
  try await worker.run()
  for try await change in system.plans.changes(after: .start) { print(change.event.to) }
  try system.close()
}

struct Note: Codable { let text: String }

func typedHost(_ system: PlanSystem) async throws {
  let note = try TypedAction("local/note", taking: Note.self, description: "Note {text}")
    .strategize { _ in print("nothing to plan") }
    .execute { run in run.arguments.text.count }
  try await system.register([note])
  let plan = try await system.plans.write { try $0.use(note, arguments: Note(text: "milk")) }
  let worker = try system.worker(
    named: "here", actions: [note], options: WorkerOptions(keepFinished: .seconds(86_400)),
    redaction: FailureRedaction { "\(type(of: $0))" })
  try await worker.run()
  try await system.suspend(calls: .wait, within: .seconds(1))
  try await system.resume()
  let length: Int = try await worker.run {
    try await system.plans.handle(for: plan.id, of: note).result()
  }
  let bread = try await system.plans.use(
    note, arguments: Note(text: "bread"), labels: ["shop": "baker"], context: ["traceparent": "00"])
  try await bread.advance(input: Note(text: "rye"), by: "anna", note: "as discussed")
  try await bread.cancel(reason: "closed", by: "anna", note: "on Sundays")
  print(length, try await bread.status())
}

func telemetry() -> PlanTelemetry {
  var parts = [PlanTelemetry.none, .none]
  parts[0].attemptEnded = { attempt in print(attempt.hasFailed, attempt.duration) }
  parts[1].aroundAttempt = { assignment, handler in
    print(assignment.context["traceparent"] ?? "")
    return try await handler()
  }
  return PlanTelemetry(combining: parts)
}

func backends() throws -> [StorageBackend] {
  [
    .inMemory, .inMemory(named: "jobs"), .sqlite(at: "plans.db"), .sqliteInMemory,
    .sqliteInMemory(named: "jobs"), try StorageBackend(location: "memory:jobs"),
  ]
}
