import PlanDomain
import PlanStorage

/// Opens connections to the servers of a location, and tries again while a server is restarting.
///
/// Safe to use from any thread; each call blocks its own.
final class PostgreSQLConnector: Sendable {
  let library: PostgreSQLLibrary
  let subject: String
  private let parameters: ConnectionParameters
  private let settings: [ConnectionParameters.Parameter]
  private let responseTimeout: Duration
  /// Whether a server has been reached before: then one that is away is waited for.
  private let wasReached = Locked(false)

  /// Creates a connector; `settings` are applied to each connection, as by `SET`.
  ///
  /// Throws `invalidLocation`.
  init(
    _ location: PostgreSQLLocation, library: PostgreSQLLibrary,
    settings: [(name: String, value: String)] = [], responseTimeout: Duration = .seconds(60)
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
  /// reached before and is away now. `isCancelled` ends the attempt and the retries. Throws
  /// `unavailable`, `cannotOpen`, or what `PostgreSQLFailure.error` says.
  func connect(
    within limit: Duration, isCancelled: () -> Bool = { false }
  ) throws(StorageError) -> PostgreSQLConnection {
    let deadline = SocketWait.now() + limit.nanoseconds
    var pause: Int64 = 10_000_000
    while true {
      let failure: ConnectionAttempt.Failure
      do throws(ConnectionAttempt.Failure) {
        let connection = try connectOnce(until: deadline, isCancelled)
        wasReached.withLock { $0 = true }
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
    until deadline: Int64, _ isCancelled: () -> Bool
  ) throws(ConnectionAttempt.Failure) -> PostgreSQLConnection {
    var clearest: ConnectionAttempt.Failure?
    for server in parameters.servers {
      let end = min(deadline, SocketWait.now() + parameters.timeout.nanoseconds)
      do throws(ConnectionAttempt.Failure) {
        return try connect(to: server, until: end, isCancelled)
      } catch {
        if clearest.map(\.sqlState.isEmpty) ?? true { clearest = error }
      }
    }
    throw clearest ?? ConnectionAttempt.Failure(sqlState: "", message: "no server is named")
  }

  private func connect(
    to server: [ConnectionParameters.Parameter], until deadline: Int64,
    _ isCancelled: () -> Bool
  ) throws(ConnectionAttempt.Failure) -> PostgreSQLConnection {
    let handle = try ConnectionAttempt(library: library).connect(
      parameters.shared + server, until: deadline, isCancelled: isCancelled)
    let connection = PostgreSQLConnection(
      handle, library, subject: subject, responseTimeout: responseTimeout)
    do throws(PostgreSQLFailure) {
      try apply(settings, to: connection)
    } catch {
      connection.close()
      throw ConnectionAttempt.Failure(sqlState: error.sqlState, message: error.message)
    }
    return connection
  }

  /// Applies the settings of the store, and one of our own: a server that waits for a lock notices
  /// that its client is gone, and gives up.
  private func apply(
    _ settings: [ConnectionParameters.Parameter], to connection: PostgreSQLConnection
  ) throws(PostgreSQLFailure) {
    func command(_ settings: [ConnectionParameters.Parameter]) -> [PostgreSQLCommand] {
      let (names, values) = (settings.map(\.name), settings.map(\.value))
      return settings.isEmpty
        ? [] : [PostgreSQLCommand(.applySettings, [.texts(names), .texts(values)])]
    }
    var segments = [command(settings)]
    if connection.serverVersion >= 140_000 {
      segments.append(command([("client_connection_check_interval", "5s")]))
    }
    do throws(PostgreSQLFailure) {
      _ = try connection.run(segments: segments)
    } catch {
      // Servers on some systems cannot look after their clients.
      guard error.index == segments[0].count, !error.isConnectionLost else { throw error }
    }
  }

  private func isTransient(_ failure: ConnectionAttempt.Failure) -> Bool {
    switch failure.sqlState {
    case "": wasReached.withLock { $0 }
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
}
