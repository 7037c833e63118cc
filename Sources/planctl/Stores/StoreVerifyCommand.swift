import Foundation
import Planwright
import struct PlanStorage.Locked

/// `planctl store verify`: checks the whole store for inconsistencies.
struct StoreVerifyCommand: Command {
  static let specification = CommandSpecification(
    name: "store verify", summary: "check the whole store for inconsistencies",
    details: """
      Every plan's events lead to its status, everything that is referred to exists, the counts \
      that parents keep of their children are right, and the file is undamaged. Prints one line for \
      each problem.
      """,
    options: [CommandSpecification.store],
    examples: [("planctl store verify --store sqlite:plans.db", "check the store of this file")])

  private let words: CommandWords

  init(_ words: CommandWords) throws { self.words = words }

  func run(_ context: CommandContext) async throws -> CommandResult {
    let location = try StoreLocation(words, context)
    let line = ProgressLine(context)
    let checked = CheckedPlans()
    defer { line.clear() }
    let report = try await Interrupts.cancelling({
      "interrupted after \(checked.count.withLock { $0 }.plans)"
    }) {
      try await location.reading { system in
        try await system.maintenance.verify { count in
          checked.count.withLock { $0 = count }
          line.show("\(count.plans) checked")
        }
      }
    }
    let count = checked.count.withLock { $0 }
    let plans = count.plans
    let data: JSONValue = [
      "plans": .integer(Int64(count)),
      "problems": .array(report.problems.map { .string($0) }),
      "isTruncated": .bool(report.isTruncated),
    ]
    guard report.problems.isEmpty else {
      return CommandResult(
        status: .failed, data: data,
        text: report.problems.map { $0.escaped + "\n" }.joined(),
        messages: ["\(location.text): \(plans), \(report.problems.count.counted("problem"))"])
    }
    return CommandResult(
      data: data, text: "\(location.text.escaped): \(plans), no inconsistency\n")
  }
}

/// The number of plans that a check has looked at.
private final class CheckedPlans: Sendable {
  let count = Locked(0)
}
