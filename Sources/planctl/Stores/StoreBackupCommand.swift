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
    try await StoreLocation(words, context).withExisting { system in
      let copy = Task {
        try await system.maintenance.backup(to: path) { done, all in
          line.show("\(all == 0 ? 100 : done * 100 / all) % copied")
        }
      }
      let interrupts = Interrupts { copy.cancel() }
      defer {
        interrupts.end()
        line.clear()
      }
      do { try await copy.value } catch is CancellationError {
        throw CommandError(
          .interrupted(signal: interrupts.received ?? SIGINT), "interrupted; there is no copy")
      }
    }
    return CommandResult(
      data: ["path": .string(path)], text: "copied to \(path.escaped)\n")
  }
}
