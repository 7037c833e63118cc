import Foundation
import Planwright

/// `planctl doctor`: why nothing moves, and what to do about it.
struct DoctorCommand: Command {
  static let specification = CommandSpecification(
    name: "doctor", operands: "[ID]", operandCount: 0...1,
    summary: "say why plans do not move, and which command makes them move",
    details: """
      Examines the whole store, or the tree of one plan; changes nothing. The exit status is 1 when \
      something needs to be done.
      """,
    options: [CommandSpecification.store],
    examples: [
      ("planctl doctor", "everything that stands still"),
      ("planctl doctor 01JD7", "why one plan and its children do not move"),
    ])

  private let words: CommandWords
  private let reference: PlanReference?

  init(_ words: CommandWords) throws {
    self.words = words
    reference = try words.operands.first.map { try PlanReference($0) }
  }

  func run(_ context: CommandContext) async throws -> CommandResult {
    let now = Timestamp(date: Date())
    return try await StoreLocation(words, context).withExisting { system in
      let info =
        system.maintenance.supports(.info) ? try await system.maintenance.info() : nil
      let (found, isTruncated) = try await system.plans.read { snapshot in
        var diagnosis = Diagnosis(at: now)
        let root = try reference?.find(in: snapshot).definition.root
        try diagnosis.examine(snapshot, root: root)
        return (diagnosis.standstills, diagnosis.isTruncated)
      }
      var result = Self.result(Self.problems(of: info) + found, isTruncated)
      result.messages += (info?.warnings ?? []).map { "note: \($0)" }
      return result
    }
  }

  private static func problems(of info: StoreInfo?) -> [Standstill] {
    guard let failures = info?.checkpointFailures, failures.sinceLastSuccess > 0 else { return [] }
    return [
      Standstill(
        kind: .store, plan: nil,
        reason: "its log cannot be copied into its file, and grows: \(failures.latest)",
        command: "planctl store checkpoint")
    ]
  }

  private static func result(_ all: [Standstill], _ isTruncated: Bool) -> CommandResult {
    var result = CommandResult(
      status: all.contains(where: \.needsAction) ? .failed : .done,
      data: .object([
        ("standstills", .array(all.map(\.document))), ("isTruncated", .bool(isTruncated)),
      ]))
    for each in all {
      result.text += "\(each.plan?.description ?? "the store")  \(each.reason.escaped)\n"
      if let command = each.command { result.text += "    → \(command)\n" }
    }
    if all.isEmpty { result.messages.append("everything moves, or has ended") }
    if isTruncated {
      result.messages.append(
        "only the oldest \(Diagnosis.largestCount) plans of each state were examined")
    }
    return result
  }
}
