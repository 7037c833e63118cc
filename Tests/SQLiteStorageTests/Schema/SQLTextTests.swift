import Testing

@testable import SQLiteStorage

@Suite("The statements of the SQLite adapter")
struct SQLTextTests {
  @Test("have a text each, and no two have the same")
  func texts() {
    #expect(SQL.allCases.allSatisfy { !$0.text.isEmpty })
    #expect(Set(SQL.allCases.map(\.text)).count == SQL.allCases.count)
  }
}
