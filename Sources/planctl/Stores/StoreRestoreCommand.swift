import Foundation
import Planwright

/// `planctl store restore`: puts a backup into the place of the store.
struct StoreRestoreCommand: Command {
  static let specification = CommandSpecification(
    name: "store restore", operands: "FILE", operandCount: 1...1,
    summary: "put a backup into the place of the store",
    details: """
      The backup is checked first, then copied; the copy gets the store's name in one step when it \
      is complete. A store that exists is replaced only with --replace, and only if no process has \
      it open. The backup itself stays as it is.
      """,
    options: [
      .init("--replace", "replace a store that exists"), CommandSpecification.store,
    ],
    examples: [
      ("planctl store restore plans-copy.db --replace", "go back to the state of the backup")
    ])

  private let words: CommandWords
  private let path: String

  init(_ words: CommandWords) throws {
    self.words = words
    path = words.operands[0]
  }

  func run(_ context: CommandContext) async throws -> CommandResult {
    let location = try StoreLocation(words, context)
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: path) else {
      throw CommandError(.notFound, "there is no backup '\(path)'")
    }
    guard attributes[.type] as? FileAttributeType != .typeDirectory else {
      throw noBackup("it is a folder")
    }
    if attributes[.size] as? Int == 0 { throw noBackup("it is empty") }
    let line = ProgressLine(context)
    defer { line.clear() }
    try await Interrupts.cancelling({ "interrupted; nothing was changed" }) {
      try await verify(line)
      try await restore(to: location, line)
    }
    return CommandResult(
      data: ["path": .string(path), "store": .string(location.text)],
      text: "\(location.text.escaped) restored from \(path.escaped)\n")
  }

  /// Checks the backup; of one that an older version made, the restoration checks the file only.
  private func verify(_ line: ProgressLine) async throws {
    let backup = StorageBackend.sqlite(at: path)
    do {
      guard try PlanSystem.schema(of: backup).isUpToDate else { return }
    } catch let error as StorageError where error.code == .notAStore {
      throw noBackup(error.reason)
    }
    let system = try PlanSystem.openReadOnly(backup)
    defer { try? system.close() }
    let report = try await system.maintenance.verify { line.show("\($0.plans) checked") }
    guard let first = report.problems.first else { return }
    throw CommandError(
      .failed,
      "the backup '\(path)' has \(report.problems.count.counted("problem")), the first: \(first); nothing was "
        + "changed, 'planctl store verify --store sqlite:\(path)' lists them all")
  }

  private func noBackup(_ reason: String) -> CommandError {
    CommandError(
      .storage,
      "'\(path)' is not a store of plans (\(reason)), so it is no backup; name a file that 'planctl "
        + "store backup' has written")
  }

  private func restore(to location: StoreLocation, _ line: ProgressLine) async throws {
    do {
      try location.restore(from: path, replacing: words.has("--replace")) { done, all in
        line.show("\(all == 0 ? 100 : done * 100 / all) % copied")
        try Task.checkCancellation()
      }
    } catch let error as StorageError where error.code == .busy {
      throw CommandError(.conflict, OperatorText.of(error))
    } catch let error as StorageError
      where error.code == .invalidLocation && error.operation == "writing"
    {
      throw CommandError(
        .conflict,
        "there is something at '\(location.text)' already, and nothing was changed; --replace "
          + "replaces a store that is there")
    }
  }
}
