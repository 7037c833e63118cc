import PlanStorage
import PlanStorageContract
import TestSupport
import Testing

@Suite("The contract of stores")
struct AdapterTests {
  @Test(
    "is kept by the in-memory store",
    arguments: StorageContract.cases(Adapters.memory, seed: Adapters.seed))
  func memory(_ promise: ContractCase) async throws { try await check(promise) }

  @Test(
    "is kept by SQLite in a file",
    arguments: StorageContract.cases(Adapters.sqlite, seed: Adapters.seed))
  func sqlite(_ promise: ContractCase) async throws { try await check(promise) }

  @Test(
    "is kept by SQLite in memory",
    arguments: StorageContract.cases(Adapters.sqliteInMemory, seed: Adapters.seed))
  func sqliteInMemory(_ promise: ContractCase) async throws { try await check(promise) }

  private func check(_ promise: ContractCase) async throws {
    let outcome = try await offPool { try promise.run() }
    if case .skipped(let reason) = outcome { print("skipped: \(promise): \(reason)") }
  }

  // Skipping is for stores that cannot; those that come with the package can be measured.
  @Test(
    "can be measured of every store here",
    arguments: [Adapters.memory, Adapters.sqlite, Adapters.sqliteInMemory])
  func measured(_ harness: StorageHarness) async throws {
    let promise = try #require(StorageContract.cases(harness).first { $0.id == "read.cost" })
    #expect(try await offPool { try promise.run() } == .passed)
  }
}
