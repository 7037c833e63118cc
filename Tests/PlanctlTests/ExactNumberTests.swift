import Foundation
import Planwright
import TestSupport
import Testing

@testable import planctl

@Suite("Numbers in the input of planctl")
struct ExactNumberTests {
  @Test(
    "are kept, or refused with their position",
    arguments: [
      ("0.1", true), ("1.10", true), ("-0.0", true), ("0e5", true), ("1e300", true),
      ("0.10000000000000001", true), ("100000000000000000000.0", true), ("5e-324", true),
      ("0.1000000000000000055511151231257827021181583404541015625", true),
      ("9007199254740993", true), ("9007199254740993.0", false), ("1e-400", false),
      ("0.12345678901234567890", false), ("12345678901234.567", false), ("2.4e-324", false),
      ("1.00000000000000000000000000001", false), ("12345678901234567890.5", false),
    ])
  func numbers(text: String, isKept: Bool) throws {
    let document = Array(
      "{\"text\": \"\\\"0.12345678901234567890\",\n \"list\": [1, \(text)]}".utf8)
    guard !isKept else {
      #expect(try Field(parsing: document, document: "d").value["list"]?.arrayValue?.count == 2)
      return
    }
    let error = try #require(throws: FieldError.self) {
      try Field(parsing: document, document: "d")
    }
    #expect(error.description.hasPrefix("d: line 2, byte 50: the number cannot be kept exactly"))
  }

  @Test("are kept in every form in which a double is printed")
  func doubles() throws {
    var random = SeededGenerator.announced()
    for _ in 0..<2_000 {
      let value = Double(bitPattern: random.next())
      guard value.isFinite else { continue }
      for text in ["\(value)", String(format: "%.17g", value), String(format: "%.15e", value)] {
        let number = text.contains(".") || text.contains("e") ? text : text + ".0"
        #expect(ExactNumbers.firstLoss(in: Array(number.utf8)) == nil, "\(number)")
      }
    }
  }

  @Test("of arguments are refused in words, with the argument's name")
  func arguments() async throws {
    let fixture = try PlanctlFixture()
    let file = try fixture.file(
      "numbers.json",
      try PlanctlFixture.plan("exit 0")
        .replacing("\"string\", \"default\": \"root\"", with: "\"number\""))
    for (number, reason) in [
      ("123456789012345678901", "an integer has at most 64 bits"),
      ("0.12345678901234567890", "the number cannot be kept exactly"),
    ] {
      #expect(await fixture.planctl("run", file, "--check", "--arg", "key=\(number)") == 2)
      #expect(fixture.error.contains("--arg key: expected a value of type number"))
      #expect(fixture.error.contains(reason), "\(fixture.error)")
    }
  }
}
