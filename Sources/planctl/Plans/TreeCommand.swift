import Planwright

/// `planctl tree`: a plan and its descendants.
struct TreeCommand: Command {
  static let specification = CommandSpecification(
    name: "tree", operands: "ID", operandCount: 1...1,
    summary: "show a plan with its children and their children",
    options: [CommandSpecification.store],
    examples: [("planctl tree 01JD7", "the tree below the plan whose id begins so")])

  private let words: CommandWords
  private let reference: PlanReference

  init(_ words: CommandWords) throws {
    self.words = words
    reference = try PlanReference(words.operands[0])
  }

  func run(_ context: CommandContext) async throws -> CommandResult {
    let (top, plans) = try await StoreLocation(words, context).reading { system in
      try await system.plans.read { snapshot in
        let plan = try reference.find(in: snapshot)
        return (plan, try snapshot.tree(plan.definition.root))
      }
    }
    let children = Dictionary(grouping: plans) { $0.definition.position?.parent }
    var rows: [(plan: Plan, line: String)] = []
    Self.add(top, indent: "", mark: "", children, &rows)
    let width = rows.map(\.line.displayWidth).max() ?? 0
    let text = rows.map { plan, line in
      let failure = plan.progress.failure.map { "  \($0.code): \($0.message)".escaped } ?? ""
      let padding = String(repeating: " ", count: width - line.displayWidth)
      return "\(line)\(padding)  \(plan.status)  \(plan.id)\(failure)\n"
    }
    return CommandResult(data: .array(rows.map(\.plan.summary)), text: text.joined())
  }

  private static func add(
    _ plan: Plan, indent: String, mark: String, _ children: [Plan.ID?: [Plan]],
    _ rows: inout [(plan: Plan, line: String)]
  ) {
    let name =
      plan.definition.position?.key.description ?? plan.definition.action.name.description
    rows.append((plan, "\(indent)\(mark)\(name.escaped)"))
    let below = children[plan.id] ?? []
    let next = mark.isEmpty ? indent : indent + (mark.hasPrefix("├") ? "│  " : "   ")
    for (index, child) in below.enumerated() {
      add(child, indent: next, mark: index == below.count - 1 ? "└─ " : "├─ ", children, &rows)
    }
  }
}
