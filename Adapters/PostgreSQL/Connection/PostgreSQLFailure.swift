import CPostgreSQL
import PlanDomain

/// A command that failed, or a connection that was lost while it ran.
///
/// Never contains the value of a parameter: the server's details are left out, and its message where
/// it may quote a value.
struct PostgreSQLFailure: Error, Sendable {
  enum Kind: Sendable {
    /// The server refused or cancelled the command.
    case server
    /// The connection ended.
    case connectionLost
    /// The server did not answer in time; the connection was given up.
    case timedOut
    /// The memory of this process did not suffice.
    case outOfMemory
  }

  let kind: Kind
  /// The first command without a result, counted from 0 over all segments.
  let index: Int
  /// The server's code (SQLSTATE), five characters; empty when the server sent none.
  let sqlState: String
  /// The name of the constraint that failed; empty for other failures.
  let constraint: String
  /// What libpq or the server says, in one line.
  let message: String
  /// Whether the commands had been given to the system to be sent.
  let wasSent: Bool

  /// Whether the connection is gone; a transaction that was open then has been rolled back, unless
  /// its `COMMIT` had been sent.
  var isConnectionLost: Bool { kind == .connectionLost || kind == .timedOut }

  /// Whether the server may have executed this command, which is in the segment that failed.
  ///
  /// Ask this of `COMMIT`: when it is true, the outcome is unknown. The server skips all commands
  /// behind one that failed in the same segment, and a server that ends a connection says so in
  /// place of the result of the command that it did not finish. Commands are counted over all
  /// segments.
  func mayHaveExecuted(_ command: Int) -> Bool {
    guard wasSent else { return false }
    // The server itself does not know the outcome.
    if command < index || sqlState == "40003" { return true }
    guard isConnectionLost else { return false }
    return sqlState.isEmpty || command == index
  }

  /// Whether the same unit of work can succeed when it is run again: a deadlock, a serialization
  /// failure, or a plan that another connection has made invalid.
  var isRepeatable: Bool {
    ["40001", "40P01", "0A000"].contains(sqlState)
  }

  /// Whether a unique constraint failed.
  var isUniqueViolation: Bool { sqlState == "23505" }
  /// Whether a foreign key failed.
  var isForeignKeyViolation: Bool { sqlState == "23503" }
}

extension PostgreSQLFailure {
  /// Reads the failure of a result whose status is that of an error.
  init(_ result: OpaquePointer, _ library: PostgreSQLLibrary, index: Int) {
    func field(_ code: UnicodeScalar) -> String {
      library.functions.pointee.PQresultErrorField(result, Int32(code.value))
        .map { String(cString: $0) } ?? ""
    }
    let severity = field("V")
    let state = field("C")
    self.init(
      kind: severity == "FATAL" || severity == "PANIC" ? .connectionLost : .server, index: index,
      sqlState: state, constraint: field("n"),
      // Messages about data can quote the data.
      message: state.hasPrefix("22") ? "a value is invalid" : field("M").shortened(toBytes: 400),
      wasSent: true)
  }
}
