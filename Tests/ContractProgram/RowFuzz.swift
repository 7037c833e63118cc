import CSQLite
import Foundation
import PlanDomain
import PlanStorage
import PlanStorageContract
import SQLiteStorage
import TestSupport

/// Changes single values of a database behind the store's back, and reads what is there.
struct RowFuzz {
  private var mutation: InputMutation
  private var arbitrary: Arbitrary
  private let directory: ScratchDirectory

  /// One column of one table.
  private struct Column {
    let table: String
    let name: String
    let type: String
  }

  init(seed: UInt64) throws {
    mutation = InputMutation(seed: seed)
    arbitrary = Arbitrary(SeededGenerator(seed: seed))
    directory = try ScratchDirectory()
  }

  mutating func run(_ inputs: Int) throws {
    let path = directory.path("plans.db")
    let store = try SQLiteEngineRegistry().open(path, SQLiteOptions(durability: .normal))
    let plans = try fill(store)
    let database = try RawDatabase(path)
    let columns = try database.columns().map { Column(table: $0.0, name: $0.1, type: $0.2) }
    let reads = try reads(plans)
    var (changed, refused) = (0, 0)
    for _ in 0..<inputs {
      let column = arbitrary.one(of: columns)
      let row = Int64(mutation.number(1...40))
      let value = value(for: column.type)
      guard let old = try database.exchange(column.table, column.name, row, value) else { continue }
      changed += 1
      for _ in 0..<2 {
        let read = arbitrary.one(of: reads)
        do { try store.read { try read.1($0) } } catch let error as StorageError {
          guard error.code == .corrupt else {
            throw FuzzFinding(
              target: "rows", input: [], reason: "\(column), \(value), \(read.0): \(error)")
          }
          refused += 1
        }
      }
      _ = try database.exchange(column.table, column.name, row, old)
    }
    try store.close()
    say("rows: \(inputs) inputs, \(changed) values changed, \(refused) reads refused")
  }

  /// Forty plans with everything that a plan can have.
  private mutating func fill(_ store: SQLiteStore) throws -> [Plan] {
    let action = try arbitrary.action(ActionName("kit/x"))
    let plans = try (0..<40 as Range<UInt64>).map { number in
      let definition = try arbitrary.definition(
        Sample.id(number), of: action.name, key: Key("k\(number)"), position: nil)
      return Plan(definition: definition, progress: try arbitrary.progress())
    }
    let events = try plans.map { try arbitrary.event($0.id, 1) }
    try store.write { work in
      try work.insert(action)
      for plan in plans { try work.insert(plan) }
      for event in events { try work.append(event) }
    }
    return plans
  }

  private func reads(
    _ plans: [Plan]
  ) throws -> [(String, @Sendable (any ReadSession) throws -> Void)] {
    let (action, actors) = (ActionName("kit/x"), Set(plans.map(\.actor)).sorted())
    let far = Timestamp(microseconds: .max)
    let ids = plans.map(\.id)
    return [
      ("plan", { for id in ids.prefix(8) { _ = try $0.plan(id) } }),
      ("page", { _ = try $0.plans(matching: PlanQuery()) }),
      (
        "processing",
        { _ = try $0.plans(matching: PlanQuery(PlanFilter(state: .processing))) }
      ),
      ("counts", { _ = try $0.counts(in: .all) }),
      ("ready", { _ = try $0.readyPlans(for: actors, at: far, limit: 50) }),
      ("leases", { _ = try $0.expiredLeases(at: far, limit: 50) }),
      ("final", { _ = try $0.finalRoots(endedBefore: far, limit: 50) }),
      ("next", { _ = (try $0.nextReadyAt(for: actors), try $0.nextLeaseExpiry()) }),
      ("action", { _ = try $0.action(action) }),
      ("actions", { _ = try $0.actions(matching: ActionQuery()) }),
      ("events", { _ = try $0.events(after: .start, limit: 50) }),
      ("feed state", { _ = try $0.feedState() }),
      ("history", { for id in ids.prefix(8) { _ = try $0.events(of: id, after: 0, limit: 9) } }),
    ]
  }

  private mutating func value(for type: String) -> RawDatabase.Value {
    if mutation.number(0...9) == 0 { return .null }
    switch type {
    case "INTEGER":
      return .integer(
        arbitrary.one(of: [arbitrary.integer(), Int64(mutation.number(-3...300))]))
    case "TEXT":
      let original = (try? arbitrary.json().serialized()) ?? "x"
      return .text(mutation.of(Array(arbitrary.one(of: [original, arbitrary.text()]).utf8)))
    default: return .bytes((0..<mutation.number(0...40)).map { UInt8(truncatingIfNeeded: $0 * 37) })
    }
  }
}

/// A database without the store's rules.
final class RawDatabase {
  enum Value {
    case null
    case integer(Int64)
    case text([UInt8])
    case bytes([UInt8])
  }

  struct Refused: Error { let message: String }

  private let handle: OpaquePointer

  init(_ path: String) throws {
    var handle: OpaquePointer?
    guard sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE, nil) == SQLITE_OK, let handle
    else { throw Refused(message: "cannot open \(path)") }
    self.handle = handle
    for pragma in [
      "PRAGMA synchronous=OFF", "PRAGMA ignore_check_constraints=ON", "PRAGMA foreign_keys=OFF",
    ] { sqlite3_exec(handle, pragma, nil, nil, nil) }
  }

  deinit { sqlite3_close_v2(handle) }

  /// Tables, columns and their types, apart from those that number rows.
  func columns() throws -> [(String, String, String)] {
    let sql = """
      SELECT t.name, c.name, c.type FROM sqlite_schema t, pragma_table_info(t.name) c
      WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name <> 'migration'
        AND (c.pk = 0 OR c.type <> 'INTEGER')
      """
    var statement: OpaquePointer?
    guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK else { throw error() }
    defer { sqlite3_finalize(statement) }
    var found: [(String, String, String)] = []
    while sqlite3_step(statement) == SQLITE_ROW {
      let texts = (0..<3).map {
        sqlite3_column_text(statement, $0).map { String(cString: $0) } ?? ""
      }
      found.append((texts[0], texts[1], texts[2]))
    }
    return found
  }

  /// Puts a value in the place of another one, which comes back; nil when the database would not.
  func exchange(
    _ table: String, _ column: String, _ row: Int64, _ value: Value
  ) throws -> Value? {
    var statement: OpaquePointer?
    let select = "SELECT \(column) FROM \(table) WHERE rowid = \(row)"
    guard sqlite3_prepare_v2(handle, select, -1, &statement, nil) == SQLITE_OK else { return nil }
    guard sqlite3_step(statement) == SQLITE_ROW else {
      sqlite3_finalize(statement)
      return nil
    }
    let old = Self.value(statement)
    sqlite3_finalize(statement)
    let update = "UPDATE \(table) SET \(column) = ? WHERE rowid = \(row)"
    guard sqlite3_prepare_v2(handle, update, -1, &statement, nil) == SQLITE_OK else {
      throw error()
    }
    defer { sqlite3_finalize(statement) }
    switch value {
    case .null: sqlite3_bind_null(statement, 1)
    case .integer(let number): sqlite3_bind_int64(statement, 1, number)
    case .text(let bytes):
      _ = bytes.withUnsafeBytes {
        planwright_sqlite3_bind_text(statement, 1, $0.baseAddress, Int32($0.count))
      }
    case .bytes(let bytes):
      _ = bytes.withUnsafeBytes {
        planwright_sqlite3_bind_bytes(statement, 1, $0.baseAddress, Int32($0.count))
      }
    }
    return sqlite3_step(statement) == SQLITE_DONE ? old : nil
  }

  private static func value(_ statement: OpaquePointer?) -> Value {
    let count = Int(sqlite3_column_bytes(statement, 0))
    let bytes = sqlite3_column_blob(statement, 0).map {
      Array(UnsafeRawBufferPointer(start: $0, count: count))
    }
    switch sqlite3_column_type(statement, 0) {
    case SQLITE_INTEGER: return .integer(sqlite3_column_int64(statement, 0))
    case SQLITE_TEXT: return .text(bytes ?? [])
    case SQLITE_BLOB: return .bytes(bytes ?? [])
    default: return .null
    }
  }

  private func error() -> Refused { Refused(message: String(cString: sqlite3_errmsg(handle))) }
}
