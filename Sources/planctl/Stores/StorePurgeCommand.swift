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
    let before = try time(try words.required("--before"))
    let line = ProgressLine(context)
    let interruption = Interruption()
    let interrupts = Interrupts { interruption.request() }
    defer { interrupts.end() }
    let removed = try await StoreLocation(words, context).withExisting { system in
      var removed = 0
      while !interruption.isRequested {
        let count = try await system.plans.write { try $0.purge(endedBefore: before, limit: 500) }
        guard count > 0 else { break }
        removed += count
        line.show("\(removed) plans removed")
      }
      return removed
    }
    line.clear()
    return CommandResult(
      status: interrupts.received.map { .interrupted(signal: $0) } ?? .done,
      data: ["plans": .integer(Int64(removed))], text: "\(removed) plans removed\n")
  }

  private func time(_ text: String) throws(UsageError) -> Timestamp {
    let units: [Character: Double] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
    let now = Date()
    if let unit = text.last.flatMap({ units[$0] }), let count = UInt32(text.dropLast()) {
      return Timestamp(date: now.addingTimeInterval(-Double(count) * unit))
    }
    guard let date = try? Date(text, strategy: .iso8601) else {
      throw words.error(
        "--before: expected a time as in 2026-01-31T00:00:00Z or an age as in 30d, not '\(text)'")
    }
    return Timestamp(date: date)
  }
}
