import Planwright

/// `planctl report`: what happened to a plan and its descendants, for people who were not there.
struct ReportCommand: Command {
  static let specification = CommandSpecification(
    name: "report", operands: "ID", operandCount: 1...1,
    summary: "sum up a plan and its descendants, as text or as a page for a browser",
    details: """
      The page is one file that needs no network and no script: summary, failures, times, tree, \
      arguments, results and events. It replaces the file as a whole, or not at all. Of more than \
      1000 plans it has the ones that failed and the oldest others, and says how many are missing.
      """,
    options: [
      .init("--html", "FILE", "write a page for a browser; - for standard output"),
      CommandSpecification.store,
    ],
    examples: [
      ("planctl report 01JD7 --html report.html", "a page to look at and to send to others"),
      ("planctl report 01JD7", "the same in short, as text"),
    ])

  private let words: CommandWords
  private let reference: PlanReference
  private let file: String?

  init(_ words: CommandWords) throws {
    self.words = words
    reference = try PlanReference(words.operands[0])
    file = words.value(of: "--html")
    if file == "" { throw words.error("--html: missing name of the file; - is standard output") }
  }

  func run(_ context: CommandContext) async throws -> CommandResult {
    let now = context.now()
    let report = try await StoreLocation(words, context).reading { system in
      var report = try await system.plans.read { [reference] snapshot in
        try TreeReport(reference, in: snapshot, at: now)
      }
      let folders = try await WorkFolders(of: system)
      for plan in report.plans {
        let errors = folders.errors(of: plan)
        if !errors.isEmpty { report.programErrors[plan.id] = errors }
      }
      return report
    }
    guard let file else {
      return CommandResult(data: report.document, text: report.text)
    }
    let page = ReportPage(report).html
    guard file != "-" else { return CommandResult(data: .string(page), text: page) }
    try AtomicFile.write(page, to: file)
    return CommandResult(
      data: .object([("file", .string(file)), ("summary", report.document)]),
      text: "\(file.escaped): \(report.counts.sentence)\n")
  }
}
