import PlanStorage
import PlanStorageContract
import TestSupport
import TestTraits
import Testing

@Suite("The contract of stores")
struct AdapterTests {
  @Test(
    "is kept by the in-memory store", .ownThread,
    arguments: StorageContract.cases(Adapters.memory, seed: Adapters.seed))
  func memory(_ promise: ContractCase) throws { try promise.run() }

  @Test(
    "is kept by SQLite in a file", .ownThread,
    arguments: StorageContract.cases(Adapters.sqlite, seed: Adapters.seed))
  func sqlite(_ promise: ContractCase) throws { try promise.run() }

  @Test(
    "is kept by SQLite in memory", .ownThread,
    arguments: StorageContract.cases(Adapters.sqliteInMemory, seed: Adapters.seed))
  func sqliteInMemory(_ promise: ContractCase) throws { try promise.run() }
}
