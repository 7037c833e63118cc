import Foundation
import PlanStorage
import PlanStorageContract
import Planwright
import TestSupport

/// The contract, for the stores that come with the package, and the fuzzing of their decoders:
/// `swift run contract --help`, `swift run contract fuzz --help`.
@main
struct Main {
  static func main() {
    let words = Array(CommandLine.arguments.dropFirst())
    if words.first == "fuzz" { exit(FuzzCommand.run(Array(words.dropFirst()))) }
    let program = ContractProgram(harnesses) { try StorageBackend(location: $0) }
    exit(program.run(words))
  }

  private static var harnesses: [StorageHarness] {
    [
      StorageHarness(
        name: "memory",
        traits: StorageTraits(latency: .inline, isDurable: false, isSharedBetweenProcesses: false)
      ) { FreshStore(.inMemory(named: UUID().uuidString)) },
      sqlite("sqlite", SQLiteOptions(durability: .normal)),
      sqlite("sqlite-full", .standard),
      StorageHarness(
        name: "sqlite-memory",
        traits: StorageTraits(latency: .blocking, isDurable: false, isSharedBetweenProcesses: false)
      ) { FreshStore(.sqliteInMemory(named: UUID().uuidString)) },
    ]
  }

  private static func sqlite(_ name: String, _ options: SQLiteOptions) -> StorageHarness {
    StorageHarness(
      name: name,
      traits: StorageTraits(latency: .blocking, isDurable: true, isSharedBetweenProcesses: true),
      crashSubject: Bundle.main.executablePath.map {
        CrashSubjectProgram(executable: $0, arguments: [ContractProgram.crashSubjectCommand])
      }
    ) {
      let directory = try ScratchDirectory()
      let backend = StorageBackend.sqlite(at: directory.path("plans.db"), options: options)
      return FreshStore(backend) { withExtendedLifetime(directory) {} }
    }
  }
}
