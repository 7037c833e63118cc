import PlanDomain
import PlanStorage

/// Opens connections to the servers of a location, and tries again while a server is restarting.
///
/// Safe to use from any thread; each call blocks its own.
final class PostgreSQLConnector: Sendable {
  let library: PostgreSQLLibrary
  let subject: String
  private let parameters: ConnectionParameters
  /// How long a connection waits for the answers of the server.
  static let responseTimeout = Duration.seconds(60)

  private let settings: [ConnectionParameters.Parameter]
  private let responseTimeout: Duration
  /// Whether a server has been reached before: then one that is away is waited for.
  private let wasReached = Locked(false)

  /// Creates a connector; `settings` are applied to each connection, as by `SET`.
  ///
  /// Throws `invalidLocation`.
  init(
    _ location: PostgreSQLLocation, library: PostgreSQLLibrary,
    settings: [(name: String, value: String)] = [], responseTimeout: Duration = responseTimeout
  ) throws(StorageError) {
    self.library = library
    self.settings = settings
    self.responseTimeout = responseTimeout
    subject = location.subject
    parameters = try ConnectionParameters(location, library)
  }

  /// Opens a connection; retries until the deadline what can pass.
  ///
  /// That is: a server that is starting up or shutting down, has too many connections, or has been
  /// reached before and is away now, or is a standby now. `isCancelled` ends the attempt and the
  /// retries. With `isBare`, no settings are applied. Throws `unavailable`, `cannotOpen`, `readOnly`
  /// for a standby, or what `PostgreSQLFailure.error` says.
  func connect(
    within limit: Duration, isBare: Bool = false, isCancelled: () -> Bool = { false }
  ) throws(StorageError) -> PostgreSQLConnection {
    let deadline = SocketWait.now() + limit.nanoseconds
    var pause: Int64 = 10_000_000
    while true {
      let failure: ConnectionAttempt.Failure
      do throws(ConnectionAttempt.Failure) {
        let connection = try connectOnce(until: deadline, isBare: isBare, isCancelled)
        if !isBare { wasReached.withLock { $0 = true } }
        return connection
      } catch {
        failure = error
      }
      guard isTransient(failure), !isCancelled(), SocketWait.now() + pause < deadline else {
        throw self.error(failure)
      }
      _ = Latch<Void>().wait(atMost: .nanoseconds(pause))
      pause = min(pause * 2, 500_000_000)
    }
  }

  /// Tries each server once; throws what the server with the clearest answer said.
  private func connectOnce(
    until deadline: Int64, isBare: Bool, _ isCancelled: () -> Bool
  ) throws(ConnectionAttempt.Failure) -> PostgreSQLConnection {
    var clearest: ConnectionAttempt.Failure?
    for server in parameters.servers {
      let end = min(deadline, SocketWait.now() + parameters.timeout.nanoseconds)
      do throws(ConnectionAttempt.Failure) {
        return try connect(to: server, until: end, isBare: isBare, isCancelled)
      } catch {
        if clearest.map(\.sqlState.isEmpty) ?? true { clearest = error }
      }
    }
    throw clearest ?? ConnectionAttempt.Failure(sqlState: "", message: "no server is named")
  }

  private func connect(
    to server: [ConnectionParameters.Parameter], until deadline: Int64, isBare: Bool,
    _ isCancelled: () -> Bool
  ) throws(ConnectionAttempt.Failure) -> PostgreSQLConnection {
    let handle = try ConnectionAttempt(library: library).connect(
      parameters.shared + server, until: deadline, isCancelled: isCancelled)
    let connection = PostgreSQLConnection(
      handle, library, subject: subject, responseTimeout: responseTimeout)
    do throws(PostgreSQLFailure) {
      if !isBare { try applySettings(to: connection) }
    } catch {
      connection.close()
      throw ConnectionAttempt.Failure(sqlState: error.sqlState, message: error.message)
    }
    return connection
  }

  /// Applies the settings of the store and some of our own, and refuses a standby.
  ///
  /// A standby takes no writes, and does not have the locks by which readers of the feed know what
  /// is not committed yet.
  private func applySettings(
    to connection: PostgreSQLConnection
  ) throws(PostgreSQLFailure) {
    let rows = try connection.run([
      PostgreSQLCommand(
        .applySettings, [.texts(settings.map(\.name)), .texts(settings.map(\.value))]),
      PostgreSQLCommand(.limitIdleness), PostgreSQLCommand(.isStandby),
    ])
    if (try? rows[2].bool(0, 0)) ?? false {
      throw PostgreSQLFailure(
        kind: .server, index: 2, sqlState: "25006", constraint: "", message: "", wasSent: true)
    }
    let watch = Self.watch.filter {
      connection.serverVersion >= 140_000 || $0.name != "client_connection_check_interval"
    }
    do throws(PostgreSQLFailure) {
      _ = try connection.run(
        segments: watch.map {
          [PostgreSQLCommand(.applySettings, [.texts([$0.name]), .texts([$0.value])])]
        })
    } catch {
      // Servers on some systems cannot look after their clients.
      if error.isConnectionLost { throw error }
    }
  }

  /// How the server notices that a client is gone: one that waits for a lock, and one whose client
  /// is silent, with its locks.
  private static let watch: [ConnectionParameters.Parameter] = [
    ("tcp_keepalives_idle", "10"), ("tcp_keepalives_interval", "5"), ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "30000"), ("client_connection_check_interval", "5s"),
  ]

  private func isTransient(_ failure: ConnectionAttempt.Failure) -> Bool {
    switch failure.sqlState {
    case "": wasReached.withLock { $0 }
    // A standby is waited for like a server that is away: it may just be promoted.
    case "25006": wasReached.withLock { $0 }
    case "53300", "57P01", "57P02", "57P03": true
    default: failure.sqlState.hasPrefix("08")
    }
  }

  private func error(_ failure: ConnectionAttempt.Failure) -> StorageError {
    switch failure.sqlState {
    case "":
      StorageError(
        .unavailable, operation: "connecting to", subject: subject, reason: failure.message)
    case "42501":
      StorageError(
        .cannotOpen, operation: "connecting to", subject: subject,
        reason: "PostgreSQL 42501: the role may not connect to the database",
        advice: "as the owner of the database, run: GRANT CONNECT ON DATABASE d TO r")
    default:
      PostgreSQLFailure(
        kind: .server, index: 0, sqlState: failure.sqlState, constraint: "",
        message: failure.message, wasSent: false
      ).error("connecting to", subject)
    }
  }
}

extension PostgreSQLStatement {
  fileprivate static let applySettings = PostgreSQLStatement(
    "apply_settings",
    """
    SELECT count(set_config(s.name, s.value, false)) \
    FROM unnest($1::text[], $2::text[]) AS s (name, value)
    """)
  /// Lets the server end a transaction whose client is silent for half a minute, unless it does so
  /// sooner: others wait for its locks.
  fileprivate static let limitIdleness = PostgreSQLStatement(
    "limit_idleness",
    """
    SELECT set_config(name, '30s', false) FROM pg_settings \
    WHERE name = 'idle_in_transaction_session_timeout' AND setting::bigint NOT BETWEEN 1 AND 30000
    """)
  fileprivate static let isStandby = PostgreSQLStatement(
    "is_standby", "SELECT pg_is_in_recovery()")
}
