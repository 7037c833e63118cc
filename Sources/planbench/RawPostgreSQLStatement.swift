import Foundation

/// The statements of the adapter that the raw baseline runs.
enum RawPostgreSQLStatement: String, CaseIterable {
  case set, begin, commit, gate, lockTree, claim, plan, save, beginAppending, event
  case insertPlan, lockAction, action, insertCounts, page

  /// The columns of a plan, in the order in which `save` writes them after the first three.
  private static let progress = [
    "status", "version", "attempt", "reversion_count", "epoch", "lease_owner", "lease_expires_at",
    "lease_ends_at", "ready_at", "unmet_dependencies", "updated_at", "strategize_queued_at",
    "strategize_started_at", "strategize_ended_at", "execute_queued_at", "execute_started_at",
    "execute_ended_at", "apply_queued_at", "apply_started_at", "apply_ended_at", "spawn_round",
    "spawn_mode", "spawn_max_parallel", "spawn_fail_fast", "spawn_total", "spawn_ended",
    "spawn_holding",
  ]
  static let saved =
    progress + ["status_group", "due_list", "due_at", "is_startable", "last_event"]
  private static let read =
    (["id", "number", "action", "last_event"] + progress + ["documents"])
    .map { "p.\($0)" }.joined(separator: ", ")
  static let fixed = ["id", "tree", "action"]

  var text: String {
    switch self {
    case .set: "SELECT set_config($1, $2, false)"
    case .begin: "BEGIN ISOLATION LEVEL READ COMMITTED"
    case .commit: "COMMIT"
    case .gate: "SELECT pg_advisory_xact_lock_shared($1)"
    case .lockTree: "SELECT pg_advisory_xact_lock(tree # $2) FROM plan WHERE id = $1"
    case .claim:
      """
      SELECT \(Self.read), p.document \
      FROM due_plans($1::text[], $2, $3, $4::uuid[], $5) p ORDER BY p.due_at, p.id
      """
    case .plan:
      """
      SELECT \(Self.read), d.document FROM plan p LEFT JOIN plan_definition d \
      ON d.number = p.number AND p.number <> $2 WHERE p.id = $1
      """
    case .save:
      """
      WITH saved AS (UPDATE plan SET \
      \(Self.saved.enumerated().map { "\($1) = $\($0 + 4)" }.joined(separator: ", ")) \
      WHERE id = $1 AND version = $2 AND epoch = $3 RETURNING 1) SELECT 1 / count(*) FROM saved
      """
    case .beginAppending: "SELECT begin_appending($1, $2, $3)"
    case .event:
      """
      INSERT INTO event (position, plan, sequence, command, status_before, status_after, at, \
      attempt, epoch, detail_kind, detail, signature, token) \
      VALUES (currval('event_position') - $13, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
      RETURNING position
      """
    case .insertPlan:
      """
      WITH inserted AS (INSERT INTO plan (\((Self.fixed + Self.saved).joined(separator: ", "))) \
      VALUES (\((Self.fixed + Self.saved).indices.map { "$\($0 + 2)" }.joined(separator: ", "))) \
      RETURNING number) INSERT INTO plan_definition (number, document) \
      SELECT number, $1 FROM inserted RETURNING number
      """
    case .lockAction: "SELECT pg_advisory_xact_lock_shared($1)"
    case .action:
      """
      SELECT number, revision, CASE WHEN number = $2 AND revision = $3 THEN NULL ELSE document END \
      FROM action WHERE name = $1
      """
    case .insertCounts:
      """
      INSERT INTO plan_count (action, status_group, change) \
      SELECT c.action, c.status_group, c.change \
      FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS c (action, status_group, change)
      """
    case .page:
      """
      SELECT \(Self.read), d.document FROM (SELECT x.id FROM plan x WHERE x.id <= $1 \
      AND x.id IS DISTINCT FROM $2::uuid ORDER BY x.id DESC LIMIT $3) f \
      JOIN plan p ON p.id = f.id JOIN plan_definition d ON d.number = p.number ORDER BY p.id DESC
      """
    }
  }
}

/// A claim and a release, each in two round trips.
extension RawPostgreSQL {
  /// Claims the plan of the actor that is due first, and releases it.
  func claimAndRelease(_ actor: String) throws {
    let found = try run(
      [
        (.begin, []), (.gate, ["1"]),
        (.claim, ["{\"ready:\(actor)\"}", "\(Int64.max)", "1", "{}", "7"]),
      ], returning: 2)
    guard let id = found.first ?? nil else { throw Failure(description: "no plan is due") }
    try move(id, found, claim: true)
    let read = try run(
      [
        (.begin, []), (.gate, ["1"]), (.lockTree, [id, "7"]),
        (.plan, [id, found[1]]),
      ], returning: 3)
    try move(id, read, claim: false, actor)
  }

  private func move(
    _ id: String, _ row: [String?], claim: Bool, _ actor: String = ""
  ) throws {
    let (version, epoch) = (Int(row[5] ?? "") ?? 0, Int(row[8] ?? "") ?? 0)
    // The plan goes to the end of its list, as one of the store does.
    let time = "\(Int(Date.now.timeIntervalSince1970 * 1_000_000))"
    var values = row[4...30].map { $0 }
    values[0] = claim ? "1" : "0"
    values[1] = "\(version + 1)"
    values[2] = claim ? "1" : "0"
    values[4] = "\(epoch + 1)"
    (values[5], values[6]) = claim ? ("bench", time) : (nil, nil)
    values[8] = claim ? nil : time
    values[10] = time
    let list = claim ? "lease" : "ready:\(actor)"
    values += ["0", list, time, "f", "\(version + 1)"]
    let event: [String?] = [
      id, "\(version + 1)", claim ? "claim" : "release", claim ? "0" : "1", claim ? "1" : "0",
      time, "1", "\(epoch + 1)", "1", "\"bench\"", nil, "\(next() >> 1)", "0",
    ]
    try run([
      (.save, [id, "\(version)", "\(epoch)"] + values), (.beginAppending, ["1", "2", "1"]),
      (.event, event), (.commit, []),
    ])
  }

  /// Reads an action, and inserts a plan with its event.
  func use(_ action: String, _ document: String, _ actor: String) throws {
    let found = try run(
      [
        (.begin, []), (.gate, ["1"]), (.lockAction, ["3"]), (.action, [action, "1", "1"]),
      ], returning: 3)
    guard let number = found.first ?? nil else { throw Failure(description: "no action") }
    let digits = String(next(), radix: 16)
    let id =
      "00000000-0000-0000-" + "0000" + "-"
      + String(repeating: "0", count: max(0, 12 - digits.count)) + digits.suffix(12)
    var values: [String?] = ["0", "1", "0", "0", "0", nil, nil, nil, "5", "0", "5", "5"]
    values += Array(repeating: nil, count: 15)
    values += ["0", "ready:\(actor)", "5", "f", "1"]
    try run([
      (.insertPlan, [document, id, "\(next() >> 1)", number] + values),
      (.insertCounts, ["{\(number)}", "{0}", "{1}"]), (.beginAppending, ["1", "2", "1"]),
      (
        .event,
        [id, "1", "use", nil, "0", "5", "0", "0", nil, nil, nil, "\(next() >> 1)", "0"]
      ), (.commit, []),
    ])
  }

  /// Reads a plan in one round trip.
  func read(_ id: String) throws {
    try run([(.plan, [id, "-1"])])
  }

  /// Reads a page of the newest plans.
  func page(_ count: Int) throws {
    let last = "ffffffff-ffff-ffff-ffff-ffffffffffff"
    try run([(.page, [last, nil, "\(count + 1)"])])
  }
}
