import Foundation
import JournalStorage
import PlanStorage
import PlanStorageContract

/// The contract, for the journal: `swift run journal-contract --help`.
@main
struct Main {
  static func main() {
    let program = ContractProgram([harness]) { location in
      .journal(at: String(location.dropFirst("journal:".count)))
    }
    exit(program.run(Array(CommandLine.arguments.dropFirst())))
  }

  static let harness = StorageHarness(
    name: "journal",
    traits: StorageTraits(latency: .blocking, isDurable: true, isSharedBetweenProcesses: false),
    crashSubject: Bundle.main.executablePath.map {
      CrashSubjectProgram(executable: $0, arguments: [ContractProgram.crashSubjectCommand])
    }
  ) {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "planwright-\(UUID().uuidString).journal").path
    return FreshStore(.journal(at: path)) { try? FileManager.default.removeItem(atPath: path) }
  }
}
