import CPostgreSQL
import PlanDomain

/// The parameters that libpq has read from a connection string, with the servers to try in order.
///
/// May hold a password, so the mirror is empty.
struct ConnectionParameters: Sendable, CustomReflectable {
  typealias Parameter = (name: String, value: String)

  /// The parameters that all servers share.
  let shared: [Parameter]
  /// For each server its host and port; one empty list for what the environment names.
  let servers: [[Parameter]]
  /// How long one server is waited for, unless the deadline is before that.
  let timeout: Duration

  var customMirror: Mirror { Mirror(self, children: [:]) }

  /// Parameters that the connection string can override: a lost network is noticed within half a
  /// minute, and the server's activity view names the program.
  private static let defaults: [Parameter] = [
    ("fallback_application_name", "planwright"), ("keepalives_idle", "10"),
    ("keepalives_interval", "5"), ("keepalives_count", "3"), ("tcp_user_timeout", "30000"),
  ]

  /// Parses the connection string of a location.
  ///
  /// Throws `invalidLocation` when libpq refuses it; libpq's message is left out, because it may
  /// quote the password.
  init(_ location: PostgreSQLLocation, _ library: PostgreSQLLibrary) throws(StorageError) {
    func refuse(_ reason: String) -> StorageError {
      StorageError(
        .invalidLocation, operation: "reading",
        subject: "store location '\(location.description)'", reason: reason)
    }
    var message: UnsafeMutablePointer<CChar>?
    let options = library.functions.pointee.PQconninfoParse(location.connectionString, &message)
    if let message { library.functions.pointee.PQfreemem(message) }
    guard let options else {
      throw refuse(
        "libpq does not know one of its options, or cannot read it; the options of libpq are in "
          + "the documentation of PostgreSQL, those of the store are schema, connections, migrate")
    }
    defer { library.functions.pointee.PQconninfoFree(options) }
    var given: [String: String] = [:]
    var option = options
    while let keyword = option.pointee.keyword {
      if let value = option.pointee.value {
        given[String(cString: keyword)] = String(cString: value)
      }
      option += 1
    }
    let limit = given.removeValue(forKey: "connect_timeout").flatMap { Int($0) } ?? 10
    timeout = .seconds(limit <= 0 ? 3600 : max(limit, 2))
    servers = try Self.servers(&given, refuse)
    shared =
      Self.defaults.filter { given[$0.name] == nil } + given.map { ($0, $1) }
      + [("client_encoding", "UTF8")]
  }

  private static func servers(
    _ given: inout [String: String], _ refuse: (String) -> StorageError
  ) throws(StorageError) -> [[Parameter]] {
    func list(_ name: String) -> [Substring] {
      given.removeValue(forKey: name)?.split(separator: ",", omittingEmptySubsequences: false) ?? []
    }
    let (hosts, addresses, ports) = (list("host"), list("hostaddr"), list("port"))
    let count = max(hosts.count, addresses.count, 1)
    guard [hosts, addresses].allSatisfy({ $0.isEmpty || $0.count == count }),
      [0, 1, count].contains(ports.count)
    else { throw refuse("the numbers of hosts, addresses and ports differ") }
    return (0..<count).map { index in
      var server: [Parameter] = []
      if !hosts.isEmpty { server.append(("host", String(hosts[index]))) }
      if !addresses.isEmpty { server.append(("hostaddr", String(addresses[index]))) }
      if !ports.isEmpty { server.append(("port", String(ports[ports.count == 1 ? 0 : index]))) }
      return server
    }
  }
}
