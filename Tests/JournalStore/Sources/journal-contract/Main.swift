import Foundation
import JournalContract
import JournalStorage
import PlanStorageContract

/// The contract of stores as a program, for long runs: `swift run journal-contract --help`.
///
/// The contract also starts this program to kill it, and then compares what the store holds with
/// what the program had acknowledged. The location is the description of the backend.
@main
struct Main {
  static func main() {
    let program = ContractProgram([.journal]) { location in
      .journal(at: String(location.dropFirst("journal:".count)))
    }
    exit(program.run(Array(CommandLine.arguments.dropFirst())))
  }
}
