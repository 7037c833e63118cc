import Foundation
import PostgreSQLTestServer

/// One measurement of planbench.
struct Scenario: Sendable {
  let name: String
  private let body: @Sendable (String, Scale) throws -> Measurement

  init(
    name: String, body: @escaping @Sendable (String, Scale) throws -> Measurement
  ) {
    self.name = name
    self.body = body
  }

  func measure(_ scale: Scale) throws -> Measurement { try body(name, scale) }

  /// All scenarios; those of PostgreSQL only where it is installed.
  static let all =
    memory + sqlite + sqlitePages + sqliteReads + registry + workers + typed + awaiting + feed
    + (PostgreSQLInstallation.isFound ? postgreSQL + postgreSQLGrowth : [])
}

/// The memory that the process has in use.
func residentBytes() -> Int {
  #if os(Linux)
    let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?
      .split(separator: " ")
    return (fields.flatMap { Int($0[1]) } ?? 0) * Int(getpagesize())
  #else
    var usage = rusage()
    getrusage(RUSAGE_SELF, &usage)
    return usage.ru_maxrss
  #endif
}
