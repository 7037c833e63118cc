import TestSupport

/// Replication.
extension PostgreSQLTestServer {
  /// Makes a standby of this server, and returns when commits wait for it.
  public func makeSynchronousStandby(
    _ options: Options = Options()
  ) throws -> PostgreSQLTestServer {
    let name = "standby_\(UInt32.random(in: 0...UInt32.max))"
    let source = "host=\(folder) port=\(port) user=postgres application_name=\(name)"
    let standby = try PostgreSQLTestServer(options) { installation, folder in
      _ = try installation.run(
        "pg_basebackup",
        [
          "--dbname=\(source)", "--pgdata=\(folder)/data", "--write-recovery-conf",
          "--wal-method=stream", "--checkpoint=fast", "--no-sync",
        ], in: folder)
    }
    try set("synchronous_standby_names", to: name)
    try blockUntil("the standby to be synchronous") {
      try query(
        "SELECT sync_state FROM pg_stat_replication WHERE application_name = '\(name)'"
      ) == ["sync"]
    }
    return standby
  }

  /// Makes a standby a primary, and returns when it takes writes.
  ///
  /// Its commits wait for no other server from then on.
  public func promote() throws {
    try query("SELECT pg_promote(true)")
    try blockUntil("the standby to take writes") {
      try query("SELECT pg_is_in_recovery()") == ["f"]
    }
    try set("synchronous_standby_names", to: "")
  }

  /// The location of a store that is in one of these servers; all must use the same port.
  public static func location(
    of servers: [PostgreSQLTestServer], schema: String, options: String = ""
  ) -> String {
    let hosts = servers.map(\.folder).joined(separator: ",")
    let port = servers.first?.port ?? 5432
    return "postgresql://postgres@/postgres?host=\(hosts)&port=\(port)&schema=\(schema)" + options
  }
}
