import Foundation
import Planwright
import struct PlanStorage.Locked

/// `planctl store import`: stores what `store export` wrote.
struct StoreImportCommand: Command {
  static let specification = CommandSpecification(
    name: "store import", operands: "FILE", operandCount: 1...1,
    summary: "store the plans that 'store export' wrote",
    details: """
      FILE may be - for standard input. The whole file is checked first. If one of its plans or \
      idempotency keys is stored already, or another version of one of its actions, nothing is \
      written, and the message names them. The store is created if it does not exist and the file \
      is sound. Everything arrives as it was, except plans that a worker had: they arrive queued, as after 'evict'. \
      Repeated, an interrupted import goes on where it ended.
      """,
    options: [CommandSpecification.store],
    examples: [
      ("PLANWRIGHT_STORE=sqlite:copy.db planctl store import plans.jsonl", "move everything"),
      ("gunzip < customer.jsonl.gz | planctl store import -", "from another machine"),
    ])

  private let words: CommandWords
  private let path: String

  init(_ words: CommandWords) throws {
    self.words = words
    path = words.operands[0]
  }

  func run(_ context: CommandContext) async throws -> CommandResult {
    let location = try StoreLocation(words, context)
    let isNew = try !location.exists()
    let spool = path == "-" ? try InputSpool() : nil
    defer { withExtendedLifetime(spool) {} }
    let file = spool?.path ?? path
    guard FileManager.default.fileExists(atPath: file) else {
      throw CommandError(.notFound, "there is no file '\(path)' to import")
    }
    let line = ProgressLine(context)
    defer { line.clear() }
    do {
      let isStoring = Locked(!isNew)
      let created = isNew ? "the store '\(location.text)' was created; " : ""
      let summary = try await Interrupts.cancelling({
        isStoring.withLock { $0 }
          ? "interrupted; \(created)the same import goes on where it has ended"
          : "interrupted; nothing was written"
      }) {
        if isNew { try await check(file, line) }
        isStoring.withLock { $0 = true }
        return try await location.withStore { system in
          try await system.maintenance.importArchive(from: file) { done, all in
            line.show("\(all == 0 ? 100 : done * 100 / all) % of the file checked and stored")
          }
        }
      }
      return Self.result(summary)
    } catch let error as StorageError where error.subject.hasSuffix("archive \(file)") {
      let text = OperatorText.of(error).replacing("archive \(file)", with: "archive \(path)")
      throw CommandError(Self.status(of: error), text)
    }
  }

  /// Checks the file by itself before a store is created: nothing is left of a broken one.
  private func check(_ file: String, _ line: ProgressLine) async throws {
    let system = try PlanSystem.open(.inMemory)
    defer { try? system.close() }
    try await system.maintenance.checkArchive(at: file) { done, all in
      line.show("\(all == 0 ? 100 : done * 200 / all) % of the file checked")
    }
  }

  private static func status(of error: StorageError) -> ExitStatus {
    switch error.code {
    case .duplicate: .conflict
    case .inputOutput: .storage
    default: .usage
    }
  }

  private static func result(_ summary: ArchiveSummary) -> CommandResult {
    var result = CommandResult(
      data: summary.document,
      text: "\(summary.text) stored\n")
    if summary.plansStoredBefore > 0 {
      result.messages.append(
        "\(summary.plansStoredBefore.plans) had been stored by an import that was interrupted")
    }
    if summary.evictedLeases > 0 {
      result.messages.append("\(summary.evictedLeases.plans) that a worker had: evicted")
    }
    return result
  }
}
