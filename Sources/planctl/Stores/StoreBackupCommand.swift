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
  private let file: NewFile

  init(_ words: CommandWords) throws {
    self.words = words
    file = try NewFile(words, suffixes: ["-wal", "-shm", "-journal"])
  }

  func run(_ context: CommandContext) async throws -> CommandResult {
    let path = file.path
    let line = ProgressLine(context)
    let location = try StoreLocation(words, context)
    defer { line.clear() }
    do {
      try await Interrupts.cancelling({ "interrupted; there is no copy" }) {
        try await location.reading { system in
          try file.checkIsFree()
          try await system.maintenance.backup(to: path) { done, all in
            line.show("\(all == 0 ? 100 : done * 100 / all) % copied")
          }
        }
      }
    } catch let error as StorageError where error.code == .invalidLocation {
      // Another process may have created it meanwhile.
      try file.checkIsFree()
      throw error
    }
    return CommandResult(
      data: ["path": .string(path)], text: "copied to \(path.escaped)\n")
  }
}
