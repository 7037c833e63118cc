import Foundation
import PlanDomain
import PlanStorage
import Testing

@Suite("The lists of error codes are complete")
struct ErrorCodeListTests {
  /// The codes that a source file declares as constants: names and raw values.
  private func declared(
    _ type: String, in file: String
  ) throws -> [(name: String, rawValue: String)] {
    let sources = try ArchitectureTests.sources("Sources")
    let (_, lines) = try #require(sources.first { $0.path.hasSuffix("/\(file)") })
    let pattern = try Regex(
      #"static let (\w+) = "# + NSRegularExpression.escapedPattern(for: "\(type).Code(")
        + #"\s*"(\w+)""#, as: (Substring, Substring, Substring).self)
    return lines.joined(separator: "\n").matches(of: pattern).map {
      (String($0.output.1), String($0.output.2))
    }
  }

  @Test("Every constant of PlanError.Code is in its list, under its own name")
  func planErrors() throws {
    let constants = try declared("PlanError", in: "PlanErrorCode.swift")
    #expect(constants.count > 30)
    #expect(constants.allSatisfy { $0.name == $0.rawValue })
    #expect(constants.map(\.rawValue) == PlanError.Code.allCases.map(\.rawValue))
  }

  @Test("Every constant of StorageError.Code is in its list, under its own name")
  func storageErrors() throws {
    let constants = try declared("StorageError", in: "StorageError.swift")
    #expect(constants.count > 15)
    #expect(constants.allSatisfy { $0.name == $0.rawValue })
    #expect(constants.map(\.rawValue) == StorageError.Code.allCases.map(\.rawValue))
  }
}
