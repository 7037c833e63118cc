import Foundation
import Planwright

/// `planctl store export`: plans as lines of JSON, which any store can import.
struct StoreExportCommand: Command {
  static let specification = CommandSpecification(
    name: "store export", operands: "FILE", operandCount: 1...1,
    summary: "write plans, with their events and actions, to a new file",
    details: """
      The file has lines of JSON, each with a checksum; 'store import' stores it in any store. FILE \
      may be - for standard output. The store can be in use, and is not changed. Without --root and \
      --label, everything is written. Nothing is overwritten; no incomplete file is left.
      """,
    options: [
      .init("--root", "ID", "only the tree that contains this plan"),
      .init("--label", "KEY=VALUE", "only the trees that contain a plan with this label"),
      CommandSpecification.store,
    ],
    examples: [
      ("planctl store export plans.jsonl", "the whole store"),
      (
        "planctl store export - --label customer=17 | gzip > customer.jsonl.gz",
        "some plans, compressed"
      ),
    ])

  private let words: CommandWords
  private let file: NewFile
  private let root: PlanReference?
  private let label: Plan.Label?

  init(_ words: CommandWords) throws {
    self.words = words
    file = try NewFile(words)
    root = try words.value(of: "--root").map { try PlanReference($0) }
    let pair = try words.pairs("--label").first
    label = try pair.map { Plan.Label(try Key($0.name), try Plan.Label.Value($0.text)) }
    if root != nil, label != nil {
      throw words.error("--root and --label exclude each other; remove one of the two")
    }
  }

  func run(_ context: CommandContext) async throws -> CommandResult {
    let path = file.path
    let toOutput = path == "-"
    guard !toOutput || !context.isJSON else {
      throw words.error("the plans go to standard output; remove --json, or name a file")
    }
    let line = ProgressLine(context)
    let location = try StoreLocation(words, context)
    defer { line.clear() }
    let done = "interrupted; " + (toOutput ? "what was printed is incomplete" : "there is no file")
    let summary = try await Interrupts.cancelling({ done }) {
      // What was printed cannot be taken back.
      try await location.reading(repeats: !toOutput) { system in
        try await export(from: system, context) { plans, all in
          line.show("\(all == 0 ? 100 : plans * 100 / all) % of \(all.plans) written")
        }
      }
    }
    let text = summary.text
    return CommandResult(
      data: toOutput ? .null : summary.document,
      text: toOutput ? "" : "\(text) written to \(path.escaped)\n")
  }

  private func export(
    from system: PlanSystem, _ context: CommandContext,
    progress: @escaping @Sendable (Int, Int) -> Void
  ) async throws -> ArchiveSummary {
    var selection = ArchiveSelection.all
    if let root {
      selection = .tree(try await system.plans.read { try root.find(in: $0).id })
    } else if let label {
      selection = .label(label)
    }
    guard file.path == "-" else {
      try file.checkIsFree()
      do {
        return try await system.maintenance.exportArchive(
          selection, to: file.path, progress: progress)
      } catch let error as StorageError where error.code == .invalidLocation {
        // Another process may have created it meanwhile.
        try file.checkIsFree()
        throw error
      }
    }
    let output = context.console.output
    return try await system.maintenance.exportArchive(selection, progress: progress) { bytes in
      // Whole lines, so no character is divided.
      try output(String(decoding: bytes, as: UTF8.self))
    }
  }
}

extension ArchiveSummary {
  /// The numbers in words.
  var text: String {
    "\(plans.plans), \(events.counted("event")) and \(actions.counted("action"))"
  }

  /// The numbers, for programs.
  var document: JSONValue {
    [
      "actions": .integer(Int64(actions)), "plans": .integer(Int64(plans)),
      "events": .integer(Int64(events)), "evictedLeases": .integer(Int64(evictedLeases)),
      "plansStoredBefore": .integer(Int64(plansStoredBefore)),
    ]
  }
}
