import Planwright

/// `planctl schema`: the JSON Schema of plan files.
struct SchemaCommand: Command {
  static let specification = CommandSpecification(
    name: "schema", summary: "print the JSON Schema of plan files, for editors",
    details: """
      What a schema cannot say is checked by 'planctl run FILE --check': that each actor has a \
      program, that names differ, and that defaults are allowed values.
      """,
    examples: [("planctl schema > plan-file.schema.json", "let an editor check plan files")])

  init(_ words: CommandWords) throws {}

  func run(_ context: CommandContext) async throws -> CommandResult {
    CommandResult(data: PlanFile.schema, text: PlanFile.schema.pretty() + "\n")
  }
}
