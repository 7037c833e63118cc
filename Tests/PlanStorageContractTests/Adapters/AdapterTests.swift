import PlanStorage
import PlanStorageContract
import TestSupport
import TestTraits
import Testing

@Suite("The contract of stores")
struct AdapterTests {
  @Test(
    "is kept by the in-memory store", .dedicatedThread,
    arguments: StorageContract.cases(Adapters.memory, seed: Adapters.seed))
  func memory(_ contractCase: ContractCase) throws { try check(contractCase) }

  @Test(
    "is kept by SQLite in a file", .dedicatedThread,
    arguments: StorageContract.cases(Adapters.sqlite, seed: Adapters.seed))
  func sqlite(_ contractCase: ContractCase) throws { try check(contractCase) }

  @Test(
    "is kept by SQLite in memory", .dedicatedThread,
    arguments: StorageContract.cases(Adapters.sqliteInMemory, seed: Adapters.seed))
  func sqliteInMemory(_ contractCase: ContractCase) throws { try check(contractCase) }

  private func check(_ contractCase: ContractCase) throws {
    if case .skipped(let reason) = try contractCase.run() {
      print("skipped: \(contractCase): \(reason)")
    }
  }

  // Skipping is for stores that cannot; those that come with the package can be measured.
  @Test(
    "includes the measured cost of reads for every built-in store", .dedicatedThread,
    arguments: [Adapters.memory, Adapters.sqlite, Adapters.sqliteInMemory])
  func measured(_ harness: StorageHarness) throws {
    let contractCase = try #require(StorageContract.cases(harness).first { $0.id == "read.cost" })
    #expect(try contractCase.run() == .passed)
  }
}
