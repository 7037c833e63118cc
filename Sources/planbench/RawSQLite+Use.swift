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
    var (action, namespace): (Int64, Int64) = (0, 0)
    try run(.begin)
    try run(.action) { statement in
      Self.bind("bench/sample", statement, 1)
    } row: { statement in
      action = sqlite3_column_int64(statement, 0)
      namespace = sqlite3_column_int64(statement, 1)
      for column in 0..<sqlite3_column_count(statement)
      where sqlite3_column_type(statement, column) == SQLITE_TEXT {
        _ = sqlite3_column_text(statement, column)
      }
    }
    try run(.insertPlan) { statement in
      for parameter in 1...41 as ClosedRange<Int32> { sqlite3_bind_null(statement, parameter) }
      let micros = Int64(now) * 1_000
      planwright_sqlite3_bind_bytes(statement, 1, bytes, 16)
      planwright_sqlite3_bind_bytes(statement, 7, bytes, 16)
      for (parameter, value) in [
        (2, 1), (3, action), (4, namespace), (12, 0), (13, 0), (14, 1), (15, 0), (16, 0), (17, 0),
        (20, micros), (21, 0), (22, micros), (23, micros), (40, micros), (41, 0),
      ] as [(Int32, Int64)] { sqlite3_bind_int64(statement, parameter, value) }
      Self.bind("ready nobody", statement, 39)
    }
    let number = sqlite3_last_insert_rowid(handle)
    try run(.insertDefinition) { statement in
      for parameter in 1...10 as ClosedRange<Int32> { sqlite3_bind_null(statement, parameter) }
      sqlite3_bind_int64(statement, 1, number)
      Self.bind("Do \(text)", statement, 2)
      Self.bind(text, statement, 3)
      Self.bind("{\"text\":\"\(text)\"}", statement, 4)
      sqlite3_bind_int64(statement, 6, 0)
      sqlite3_bind_int64(statement, 9, Int64(now) * 1_000)
      Self.bind("[]", statement, 10)
    }
    try run(.insertEvent) { statement in
      for parameter in 1...10 as ClosedRange<Int32> { sqlite3_bind_null(statement, parameter) }
      sqlite3_bind_int64(statement, 1, number)
      sqlite3_bind_int64(statement, 2, 1)
      Self.bind("use", statement, 3)
      for (parameter, value) in [(5, 0), (6, Int64(now) * 1_000), (7, 0), (8, 0)]
        as [(Int32, Int64)]
      { sqlite3_bind_int64(statement, parameter, value) }
    }
    try run(.commit)
  }
}
