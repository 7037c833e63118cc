import CSQLite

/// A claim and a release, each in a transaction of its own.
extension RawSQLite {
  private static let whole = """
    SELECT p.*, d.*, c.* FROM plan p CROSS JOIN plan_definition d ON d.plan = p.number \
    LEFT JOIN plan_documents c ON c.plan = p.number WHERE p.id = ?
    """

  func claimAndRelease() throws {
    var id: [UInt8] = []
    try run("BEGIN IMMEDIATE") { _ in }
    try run(
      """
      SELECT due_at, id FROM plan WHERE due_list = ? AND due_at <= ? ORDER BY due_at, id LIMIT 1
      """
    ) { statement in
      planwright_sqlite3_bind_text(statement, 1, "ready nobody", 12)
      sqlite3_bind_int64(statement, 2, .max)
    } row: { statement in
      if let bytes = sqlite3_column_blob(statement, 1) {
        id = Array(UnsafeRawBufferPointer(start: bytes, count: 16))
      }
    }
    try move(id, claim: true)
    try run("COMMIT") { _ in }
    try run("BEGIN IMMEDIATE") { _ in }
    try move(id, claim: false)
    try run("COMMIT") { _ in }
  }

  private func move(_ id: [UInt8], claim: Bool) throws {
    let (number, version, epoch, queuedAt) = try read(id)
    try run(
      """
      UPDATE plan SET status = ?, version = ?, attempt = ?, reversion_count = ?, epoch = ?, \
      lease_owner = ?, lease_expires_at = ?, ready_at = ?, unmet_dependencies = ?, updated_at = ?, \
      strategize_queued_at = ?, strategize_started_at = ?, strategize_ended_at = ?, \
      execute_queued_at = ?, execute_started_at = ?, execute_ended_at = ?, apply_queued_at = ?, \
      apply_started_at = ?, apply_ended_at = ?, spawn_round = ?, spawn_mode = ?, \
      spawn_max_parallel = ?, spawn_fail_fast = ?, spawn_total = ?, spawn_ended = ?, \
      spawn_holding = ?, due_list = ?, due_at = ?, is_startable = ? \
      WHERE id = ? AND version = ? AND epoch = ? AND status_group = ?
      """
    ) { statement in
      for parameter in 1...29 as ClosedRange<Int32> { sqlite3_bind_null(statement, parameter) }
      sqlite3_bind_int64(statement, 1, claim ? 1 : 0)
      sqlite3_bind_int64(statement, 2, version + 1)
      sqlite3_bind_int64(statement, 3, claim ? 1 : 0)
      sqlite3_bind_int64(statement, 4, 0)
      sqlite3_bind_int64(statement, 5, epoch + 1)
      if claim {
        planwright_sqlite3_bind_text(statement, 6, "bench", 5)
        sqlite3_bind_int64(statement, 7, queuedAt + 60_000_000)
        planwright_sqlite3_bind_text(statement, 27, "lease", 5)
        sqlite3_bind_int64(statement, 28, queuedAt + 60_000_000)
      } else {
        sqlite3_bind_int64(statement, 8, queuedAt + version)
        planwright_sqlite3_bind_text(statement, 27, "ready nobody", 12)
        sqlite3_bind_int64(statement, 28, queuedAt + version)
      }
      sqlite3_bind_int64(statement, 9, 0)
      sqlite3_bind_int64(statement, 10, queuedAt + version)
      sqlite3_bind_int64(statement, 11, queuedAt)
      sqlite3_bind_int64(statement, 29, 0)
      planwright_sqlite3_bind_bytes(statement, 30, id, 16)
      sqlite3_bind_int64(statement, 31, version)
      sqlite3_bind_int64(statement, 32, epoch)
      sqlite3_bind_int64(statement, 33, 0)
    }
    try run(
      """
      INSERT INTO event (plan, sequence, command, status_before, status_after, at, attempt, epoch, \
      detail_kind, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """
    ) { statement in
      sqlite3_bind_int64(statement, 1, number)
      sqlite3_bind_int64(statement, 2, version + 1)
      planwright_sqlite3_bind_text(statement, 3, claim ? "claim" : "release", claim ? 5 : 7)
      sqlite3_bind_int64(statement, 4, claim ? 0 : 1)
      sqlite3_bind_int64(statement, 5, claim ? 1 : 0)
      sqlite3_bind_int64(statement, 6, queuedAt + version)
      sqlite3_bind_int64(statement, 7, 1)
      sqlite3_bind_int64(statement, 8, epoch + 1)
      sqlite3_bind_int64(statement, 9, 1)
      planwright_sqlite3_bind_text(statement, 10, "bench", 5)
    }
  }

  /// Every column of a plan; what a transition needs of it.
  @discardableResult
  func read(_ id: [UInt8]) throws -> (number: Int64, version: Int64, epoch: Int64, at: Int64) {
    var found: (Int64, Int64, Int64, Int64) = (0, 0, 0, 0)
    try run(Self.whole) { statement in
      planwright_sqlite3_bind_bytes(statement, 1, id, 16)
    } row: { statement in
      var bytes: Int32 = 0
      for column in 0..<sqlite3_column_count(statement) {
        switch sqlite3_column_type(statement, column) {
        case SQLITE_INTEGER:
          bytes &+= Int32(truncatingIfNeeded: sqlite3_column_int64(statement, column))
        case SQLITE_TEXT:
          if sqlite3_column_text(statement, column) != nil {
            bytes &+= sqlite3_column_bytes(statement, column)
          }
        case SQLITE_BLOB:
          if sqlite3_column_blob(statement, column) != nil {
            bytes &+= sqlite3_column_bytes(statement, column)
          }
        default: break
        }
      }
      found = (
        sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 14),
        sqlite3_column_int64(statement, 17), sqlite3_column_int64(statement, 22)
      )
    }
    return found
  }
}
