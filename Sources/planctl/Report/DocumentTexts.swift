import Planwright

/// The arguments and results of a report's plans as text, bounded one by one and together.
struct DocumentTexts: Sendable {
  /// The largest number of characters of one document, of the report's own plan and of others.
  private static let (ownLimit, limit) = (20_000, 2_000)
  /// The largest number of characters of all documents.
  private static let totalLimit = 2_000_000

  private var texts: [Plan.ID: [(name: String, text: String)]] = [:]
  private var cutCount = 0
  private var missingCount = 0

  /// What is left out, in sentences.
  var notes: [String] {
    var notes: [String] = []
    if cutCount > 0 {
      notes.append("\(cutCount) long arguments and results are cut where they end with '…'.")
    }
    if missingCount > 0 {
      notes.append("The arguments and results of \(missingCount) plans are left out.")
    }
    return notes
  }

  init(_ report: TreeReport) {
    var free = Self.totalLimit
    for plan in report.plans {
      var documents: [(String, JSONValue)] = []
      if !plan.definition.arguments.isEmpty {
        documents.append(("arguments", .object(plan.definition.arguments)))
      }
      for phase in PlanPhase.allCases {
        if let result = plan.progress.result(of: phase), result != .null {
          documents.append(("result of \(phase.rawValue)", result))
        }
      }
      guard free > 0 || documents.isEmpty else {
        missingCount += 1
        continue
      }
      let limit = plan.id == report.top.id ? Self.ownLimit : Self.limit
      texts[plan.id] = documents.map { name, value in
        let preview = JSONPreview(value, limit: limit)
        if preview.isCut { cutCount += 1 }
        free -= preview.text.count
        return (name, preview.text)
      }
    }
  }

  /// The documents of a plan: its arguments, and the results of its phases.
  subscript(id: Plan.ID) -> [(name: String, text: String)] { texts[id] ?? [] }
}

extension String {
  /// The text, or its beginning with `…` when it has more characters.
  func beginning(ofCharacters count: Int) -> String {
    let end = index(startIndex, offsetBy: count, limitedBy: endIndex) ?? endIndex
    return end == endIndex ? self : self[..<end] + "…"
  }
}
