import CSQLite
import PlanDomain
import Planwright

/// A new plan with its texts and its event, in a transaction of its own.
extension RawSQLite {
  func use(_ text: String) throws {
    // Ids that grow, as those of the store do.
    made += 1
    let now = UInt64(SystemTimeSource().now().microseconds / 1_000)
    let id = ULID(milliseconds: now, randomness: (0, made))
    let bytes = withUnsafeBytes(of: (id.high.bigEndian, id.low.bigEndian)) { Array($0) }
    var action: Int64 = 0
    try run(.begin)
    try run(.action) { statement in
      Self.bind("bench/sample", statement, 1)
    } row: { statement in
      action = sqlite3_column_int64(statement, 0)
      for column in 0..<sqlite3_column_count(statement)
      where sqlite3_column_type(statement, column) == SQLITE_TEXT {
        _ = sqlite3_column_text(statement, column)
      }
    }
    try run(.insertPlan) { statement in
      for parameter in 1...50 as ClosedRange<Int32> { sqlite3_bind_null(statement, parameter) }
      let micros = Int64(now) * 1_000
      planwright_sqlite3_bind_bytes(statement, 1, bytes, 16)
      for (parameter, value) in [
        (2, 1), (3, action), (11, 0), (12, 0), (13, 1), (14, 0), (15, 0), (16, 0), (19, micros),
        (20, 0), (21, micros), (22, micros), (38, 1), (39, micros), (40, 0), (45, 0), (48, micros),
        (50, 0), (51, lastPosition + 1),
      ] as [(Int32, Int64)] { sqlite3_bind_int64(statement, parameter, value) }
      Self.bind("Do \(text)", statement, 41)
      Self.bind(text, statement, 42)
      Self.bind("{\"text\":\"\(text)\"}", statement, 43)
      Self.bind("[]", statement, 49)
    }
    let number = sqlite3_last_insert_rowid(handle)
    try run(.insertEvent) { statement in
      for parameter in 1...11 as ClosedRange<Int32> { sqlite3_bind_null(statement, parameter) }
      sqlite3_bind_int64(statement, 1, number)
      sqlite3_bind_int64(statement, 2, 1)
      Self.bind("use", statement, 3)
      for (parameter, value) in [(5, 0), (6, Int64(now) * 1_000), (7, 0), (8, 0)]
        as [(Int32, Int64)]
      { sqlite3_bind_int64(statement, parameter, value) }
    }
    let position = sqlite3_last_insert_rowid(handle)
    if position != lastPosition + 1 {
      // The store has written since.
      try run(.saveLatestEvent) { statement in
        sqlite3_bind_int64(statement, 1, position)
        sqlite3_bind_int64(statement, 2, number)
      }
    }
    lastPosition = position
    try run(.saveCount) { statement in
      sqlite3_bind_int64(statement, 1, action)
      sqlite3_bind_int64(statement, 2, 0)
      sqlite3_bind_int64(statement, 3, 1)
    }
    try run(.commit)
  }
}
