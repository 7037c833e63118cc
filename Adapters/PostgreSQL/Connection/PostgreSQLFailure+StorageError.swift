import PlanDomain

/// The one place that translates the server's codes and lost connections.
extension PostgreSQLFailure {
  /// Returns the corresponding error of the store, for an operation on a subject.
  ///
  /// A commit whose outcome is unknown is not told apart here: see `mayHaveExecuted`.
  func error(_ operation: String, _ subject: String) -> StorageError {
    let (code, reason, advice) = meaning
    let state = sqlState.isEmpty ? "" : "PostgreSQL \(sqlState): "
    return StorageError(
      code, operation: operation, subject: subject, reason: state + (reason ?? message),
      advice: advice)
  }

  private typealias Meaning = (code: StorageError.Code, reason: String?, advice: String?)

  private var meaning: Meaning {
    switch kind {
    case .outOfMemory: return (.outOfMemory, nil, nil)
    case .timedOut: return (.unavailable, nil, nil)
    case .connectionLost where sqlState.isEmpty:
      return (.unavailable, "the connection was lost: \(message)", nil)
    case .connectionLost, .server:
      return Self.specific[sqlState] ?? Self.general[String(sqlState.prefix(2))]
        ?? (isConnectionLost ? .unavailable : .inputOutput, nil, nil)
    }
  }

  /// A prepared statement is missing, or is there already: a pooler has changed the session.
  private static let lostSession: Meaning = (
    .unsupported, "a connection pooler gives each transaction another session of the server",
    "connect to the server itself, or to a pooler in session mode"
  )

  private static let specific: [String: Meaning] = [
    "23505": (.duplicate, nil, nil),
    "23503": (.missingReference, nil, nil),
    "0A000": (.busy, nil, nil),
    "25006": (
      .readOnly, "the server takes no writes: it is a standby, or is set to be read-only",
      "name the primary in the location, or several hosts and target_session_attrs=read-write"
    ),
    "25P03": (
      .busy, "the unit of work took longer than idle_in_transaction_session_timeout allows",
      "shorten the unit of work, or raise the limit, and repeat the whole unit of work"
    ),
    "25P04": (.busy, "the unit of work took longer than transaction_timeout allows", nil),
    "26000": lostSession,
    "28P01": (
      .cannotOpen, "the password is wrong or missing",
      "check the role and its password in the location, in PGPASSWORD or in the password file"
    ),
    "3D000": (
      .cannotOpen, "the database does not exist",
      "create the database, or check its name in the location"
    ),
    "40001": (.busy, "concurrent units of work were in the way each time", nil),
    "40P01": (.busy, "concurrent units of work were in the way each time", nil),
    "42P05": lostSession,
    "42501": (
      .cannotOpen, nil,
      """
      as the owner of the schema, run: GRANT USAGE ON SCHEMA s TO r; \
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA s TO r; \
      GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA s TO r (s: the schema, r: the role)
      """
    ),
    "53100": (.full, nil, "free space on the server's disk, then repeat the whole unit of work"),
    "53200": (
      .busy, nil,
      """
      repeat the whole unit of work; if it happens again, raise max_locks_per_transaction or the \
      memory of the server
      """
    ),
    "53300": (
      .unavailable, "the server has no connection to spare",
      "raise max_connections, or let the hosts open fewer connections, and repeat"
    ),
    "53400": (.busy, nil, nil),
    "55P03": (.busy, "a lock was not free within lock_timeout", nil),
    "57014": (.busy, "the statement was cancelled: statement_timeout, or an administrator", nil),
    "57P01": (.unavailable, "the server is shutting down, or has ended the connection", nil),
    "57P02": (.unavailable, "the server has failed and restarts", nil),
    "57P03": (.unavailable, "the server is starting up or shutting down", nil),
    "57P05": (.unavailable, nil, nil),
    "XX001": (.corrupt, nil, nil),
    "XX002": (.corrupt, nil, nil),
  ]

  /// The meanings of classes of codes, for codes that are not listed by themselves.
  private static let general: [String: Meaning] = [
    "08": (.unavailable, nil, nil),
    "28": (
      .cannotOpen, "the server does not admit this role",
      "check the role in the location, and what pg_hba.conf allows on the server"
    ),
    "3F": (.notAStore, nil, "check the schema in the location; it was removed or renamed"),
    "42": (.notAStore, nil, "check the schema in the location; its tables were changed or removed"),
    "53": (.unavailable, nil, nil),
    "57": (.unavailable, nil, nil),
    "58": (.inputOutput, nil, nil),
    "XX": (.inputOutput, nil, nil),
  ]
}
