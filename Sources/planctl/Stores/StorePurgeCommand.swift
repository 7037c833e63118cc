import Foundation
import Planwright

/// `planctl store purge`: removes plans that ended long ago.
struct StorePurgeCommand: Command {
  static let specification = CommandSpecification(
    name: "store purge", summary: "remove trees of plans that ended before a time",
    details: "Whole trees are removed with their events, in small units of work.",
    options: [
      .init("--before", "TIME", "a time as in 2026-01-31T00:00:00Z, or an age as in 30d or 12h"),
      CommandSpecification.store,
    ],
    examples: [("planctl store purge --before 30d", "what ended more than 30 days ago")])

  private let words: CommandWords

  init(_ words: CommandWords) throws { self.words = words }

  func run(_ context: CommandContext) async throws -> CommandResult {
    let before = try time(try words.required("--before"), at: context.now())
    let line = ProgressLine(context)
    let cancellation = Cancellation()
    let interrupts = Interrupts { cancellation.request() }
    defer { interrupts.end() }
    let (removed, problem) = try await StoreLocation(words, context).withExisting {
      (system) -> (Int, WorkFolderError?) in
      var removed = 0
      while !cancellation.isRequested {
        let count = try await system.plans.write { try $0.purge(endedBefore: before, limit: 500) }
        guard count > 0 else { break }
        removed += count
        line.show("\(removed.plans) removed")
      }
      // What was kept of the programs goes with the plans.
      let folders = try await WorkFolders(of: system)
      let problem = folders.accessError
      if problem == nil { try await folders.removeGone(from: system) }
      return (removed, problem)
    }
    line.clear()
    return CommandResult(
      status: interrupts.received.map { .interrupted(signal: $0) } ?? .done,
      data: ["plans": .integer(Int64(removed))], text: "\(removed.plans) removed\n",
      messages: problem.map { ["what was kept of their programs stays: \($0)"] } ?? [])
  }

  private func time(_ text: String, at now: Timestamp) throws(UsageError) -> Timestamp {
    let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
    if let unit = text.last.flatMap({ units[$0] }), let count = UInt32(text.dropLast()) {
      return now.adding(.seconds(-Int64(count) * unit))
    }
    guard let date = try? Date(text, strategy: .iso8601) else {
      throw words.error(
        "--before: expected a time as in 2026-01-31T00:00:00Z or an age as in 30d, not '\(text)'")
    }
    return Timestamp(date: date)
  }
}
