import Foundation
import PlanStorage
import PlanStorageContract
import PostgreSQLStorage
import PostgreSQLTestServer
import TestSupport

/// The contract, for the store on a PostgreSQL server: `swift run contract-postgresql --help`.
///
/// Starts a server of its own, which ends with the program.
@main
struct Main {
  static func main() {
    let words = Array(CommandLine.arguments.dropFirst())
    // The process that a crash case kills uses the server of the process that starts it.
    if words.first == ContractProgram.crashSubjectCommand {
      exit(ContractProgram([]) { backend($0) }.run(words))
    }
    guard let server = PostgreSQLTestServer.shared else {
      print("PostgreSQL is not installed, so its contract was left out")
      exit(0)
    }
    let status = ContractProgram([harness(server)]) { backend($0) }.run(words)
    server.close()
    exit(status)
  }

  private static func harness(_ server: PostgreSQLTestServer) -> StorageHarness {
    StorageHarness(
      name: "postgresql",
      traits: StorageTraits(latency: .blocking, isDurable: true, isSharedBetweenProcesses: true),
      crashSubject: Bundle.main.executablePath.map {
        CrashSubjectProgram(executable: $0, arguments: [ContractProgram.crashSubjectCommand])
      }
    ) {
      FreshStore(backend(server.location(schema: server.newSchema())))
    }
  }

  /// The store at a location, which is also its name: a crash subject opens it by that.
  private static func backend(_ location: String) -> StorageBackend {
    BackendFactory.make(location) { try PostgreSQLEngineRegistry.shared.open(location) }
  }
}
