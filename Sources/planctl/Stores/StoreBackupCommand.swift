import Foundation
import Planwright
import Synchronization

/// `planctl store backup`: a consistent copy of the store.
struct StoreBackupCommand: Command {
  static let specification = CommandSpecification(
    name: "store backup", operands: "FILE", operandCount: 1...1,
    summary: "write a complete copy of the store to a new file",
    details: "The store can be in use. Nothing is overwritten; no incomplete copy is left.",
    options: [CommandSpecification.store],
    examples: [("planctl store backup plans-copy.db", "a copy that can be opened as a store")])

  private let words: CommandWords

  init(_ words: CommandWords) throws { self.words = words }

  func run(_ context: CommandContext) async throws -> CommandResult {
    let path = words.operands[0]
    let line = ProgressLine(context)
    let location = try StoreLocation(words, context)
    defer { line.clear() }
    try await Interrupts.cancelling({ "interrupted; there is no copy" }) {
      try await location.withExisting { system in
        try await system.maintenance.backup(to: path) { done, all in
          line.show("\(all == 0 ? 100 : done * 100 / all) % copied")
        }
      }
    }
    return CommandResult(
      data: ["path": .string(path)], text: "copied to \(path.escaped)\n")
  }
}
