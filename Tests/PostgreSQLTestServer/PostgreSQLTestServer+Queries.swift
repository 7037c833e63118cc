import Foundation
import TestSupport

/// What tests do to a server behind the back of the store.
extension PostgreSQLTestServer {
  /// Runs a statement as the superuser, and returns its rows: a line each, columns separated by `|`.
  @discardableResult
  public func query(_ sql: String) throws -> [String] {
    let words = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"] + address + ["-c", sql]
    return try installation.run("psql", words, in: folder).split(separator: "\n").map(String.init)
  }

  /// Ends the connections of all programs with this name; returns the number of them.
  @discardableResult
  public func terminateConnections(application: String = "planwright") throws -> Int {
    try query(
      """
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
      WHERE backend_type = 'client backend' AND application_name = '\(application)' \
      AND pid <> pg_backend_pid()
      """
    ).count
  }

  /// Changes a setting of the whole server, for sessions that begin after it and those that run.
  public func set(_ name: String, to value: String) throws {
    try query("ALTER SYSTEM SET \(name) = '\(value)'")
    try query("SELECT pg_reload_conf()")
  }

  /// Demands the password of this role; other roles need none.
  public func demandPassword(of role: String) throws {
    let file = "\(folder)/data/pg_hba.conf"
    let lines = try String(contentsOfFile: file, encoding: .utf8)
    let rules = "local all \(role) scram-sha-256\nhost all \(role) 127.0.0.1/32 scram-sha-256\n"
    try (rules + lines).write(toFile: file, atomically: false, encoding: .utf8)
    try query("SELECT pg_reload_conf()")
    try blockUntil("the rule for \(role)") {
      try query("SELECT count(*) FROM pg_hba_file_rules WHERE user_name = '{\(role)}'") == ["2"]
    }
  }
}
