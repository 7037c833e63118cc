import Foundation
import PlanStorage
import PlanStorageContract
import PostgreSQLStorage
import TestSupport

/// The contract, for the store on a PostgreSQL server: `swift run contract-postgresql --help`.
@main
struct Main {
  static func main() {
    let words = Array(CommandLine.arguments.dropFirst())
    let program = ContractProgram([harness]) { backend($0) }
    exit(program.run(words))
  }

  private static var harness: StorageHarness {
    let server =
      ProcessInfo.processInfo.environment["PLANWRIGHT_TEST_SERVER"] ?? "postgresql:///postgres?x=y"
    return StorageHarness(
      name: "postgresql",
      traits: StorageTraits(latency: .blocking, isDurable: true, isSharedBetweenProcesses: true),
      crashSubject: Bundle.main.executablePath.map {
        CrashSubjectProgram(executable: $0, arguments: [ContractProgram.crashSubjectCommand])
      }
    ) {
      let schema = "t" + UUID().uuidString.lowercased().replacingOccurrences(of: "-", with: "")
      return FreshStore(backend("\(server)&schema=\(schema)"))
    }
  }

  /// The store at a location, which is also its name: a crash subject opens it by that.
  private static func backend(_ location: String) -> StorageBackend {
    BackendFactory.make(location) { try PostgreSQLEngineRegistry.shared.open(location) }
  }
}
