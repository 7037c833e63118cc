import JournalContract
import PlanStorageContract
import Testing

// Serialized, because cases block the thread that they run on.
@Suite("The journal store", .serialized)
struct ContractTests {
  @Test("keeps the contract of stores", arguments: StorageContract.cases(.journal))
  func contract(_ contractCase: ContractCase) throws {
    if case .skipped(let reason) = try contractCase.run() {
      print("skipped: \(contractCase): \(reason)")
    }
  }
}
