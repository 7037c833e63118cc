import PlanStorage
import TestSupport
import Testing

@Suite("The guard against units of work inside one another")
struct ReentrancyGuardTests {
  private final class Store: Sendable {}

  @Test("A store is refused inside of itself, at any depth, and let in again afterwards")
  func nesting() throws {
    let (one, other) = (Store(), Store())
    try ReentrancyGuard.enter(one, isForWriting: true, subject: "one") {
      try ReentrancyGuard.enter(other, isForWriting: false, subject: "other") {
        let error = #expect(throws: StorageError.self) {
          try ReentrancyGuard.enter(one, isForWriting: false, subject: "one") {}
        }
        #expect(error?.code == .nestedUnitOfWork && error?.operation == "reading")
        let checked = #expect(throws: StorageError.self) {
          try ReentrancyGuard.check(one, operation: "closing", subject: "one")
        }
        #expect(checked?.code == .nestedUnitOfWork && checked?.operation == "closing")
      }
    }
    let value = try ReentrancyGuard.enter(one, isForWriting: true, subject: "one") { 7 }
    #expect(value == 7)
  }

  @Test("Only the thread that entered is inside, and only in the way that it entered")
  func threads() throws {
    let store = Store()
    #expect(!ReentrancyGuard.isInside(store))
    try ReentrancyGuard.enter(store, isForWriting: true, subject: "store") {
      #expect(ReentrancyGuard.isInside(store))
      #expect(ReentrancyGuard.isInside(store, forWriting: true))
      #expect(!ReentrancyGuard.isInside(store, forWriting: false))
      let others = try race(2) { _ in ReentrancyGuard.isInside(store) }
      #expect(others == [false, false])
    }
    #expect(!ReentrancyGuard.isInside(store))
  }

  @Test("A body that throws leaves the store, and what it threw comes out")
  func failure() {
    struct Failure: Error, Equatable { let number: Int }
    let store = Store()
    #expect(throws: Failure(number: 3)) {
      try ReentrancyGuard.enter(store, isForWriting: true, subject: "store") {
        throw Failure(number: 3)
      }
    }
    #expect(!ReentrancyGuard.isInside(store))
  }

  @Test("A session is inside of its own unit of work, and of no later one of the same store")
  func sessions() throws {
    let (store, first, second) = (Store(), Store(), Store())
    ReentrancyGuard.enterChecked(store, session: first, isForWriting: false) {
      #expect(ReentrancyGuard.isInside(first, forWriting: false))
      #expect(ReentrancyGuard.isInside(store))
    }
    ReentrancyGuard.enterChecked(store, session: second, isForWriting: false) {
      #expect(!ReentrancyGuard.isInside(first, forWriting: false))
    }
  }
}
