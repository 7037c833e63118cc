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
  func memory(_ promise: ContractCase) throws { try check(promise) }

  @Test(
    "is kept by SQLite in a file", .dedicatedThread,
    arguments: StorageContract.cases(Adapters.sqlite, seed: Adapters.seed))
  func sqlite(_ promise: ContractCase) throws { try check(promise) }

  @Test(
    "is kept by SQLite in memory", .dedicatedThread,
    arguments: StorageContract.cases(Adapters.sqliteInMemory, seed: Adapters.seed))
  func sqliteInMemory(_ promise: ContractCase) throws { try check(promise) }

  private func check(_ promise: ContractCase) throws {
    if case .skipped(let reason) = try promise.run() { print("skipped: \(promise): \(reason)") }
  }

  // Skipping is for stores that cannot; those that come with the package can be measured.
  @Test(
    "can be measured of every store here", .dedicatedThread,
    arguments: [Adapters.memory, Adapters.sqlite, Adapters.sqliteInMemory])
  func measured(_ harness: StorageHarness) throws {
    let promise = try #require(StorageContract.cases(harness).first { $0.id == "read.cost" })
    #expect(try promise.run() == .passed)
  }
}
