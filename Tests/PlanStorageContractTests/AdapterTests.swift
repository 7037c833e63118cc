import PlanStorage
import PlanStorageContract
import TestSupport
import Testing

@Suite("The contract of stores")
struct AdapterTests {
  @Test(
    "is kept by the in-memory store",
    arguments: StorageContract.cases(Adapters.memory, seed: Adapters.seed))
  func memory(_ promise: ContractCase) async throws { try await offPool { try promise.run() } }

  @Test(
    "is kept by SQLite in a file",
    arguments: StorageContract.cases(Adapters.sqlite, seed: Adapters.seed))
  func sqlite(_ promise: ContractCase) async throws { try await offPool { try promise.run() } }

  @Test(
    "is kept by SQLite in memory",
    arguments: StorageContract.cases(Adapters.sqliteInMemory, seed: Adapters.seed))
  func sqliteInMemory(_ promise: ContractCase) async throws {
    try await offPool { try promise.run() }
  }
}
