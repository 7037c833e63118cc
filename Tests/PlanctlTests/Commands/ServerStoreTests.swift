import Testing

@testable import planctl

@Suite("planctl with a store on a PostgreSQL server")
struct ServerStoreTests {
  private static let password = "open-sesame"

  @Test(
    "never shows the password of a location, whatever is wrong with it",
    arguments: [
      "postgresql://planner:\(password)@127.0.0.1:1/plans?connect_timeout=2",
      "postgresql://planner:\(password)@127.0.0.1:1/plans?schema=public",
      "postgres://planner:\(password)@127.0.0.1:1/plans?unknown=option",
      "postgresql:planner:\(password)@127.0.0.1/plans",
    ])
  func passwords(location: String) async throws {
    for words in [["list"], ["store", "info"], ["store", "backup", "copy.db"], ["doctor"]] {
      let output = PlanctlOutput()
      let status = await PlanctlCommand.run(words + ["--store", location], output.console)
      #expect(status != 0, "\(output.all)")
      #expect(output.all.contains("postgres"), "\(output.all)")
      #expect(!output.all.contains(Self.password))
    }
  }
}
