import Planwright

/// `planctl store info`: where the store is, how large it is and what is wrong with it.
struct StoreInfoCommand: Command {
  static let specification = CommandSpecification(
    name: "store info", summary: "describe the store and count its plans",
    options: [CommandSpecification.store],
    examples: [("planctl store info --json", "for a monitoring system")])

  private let words: CommandWords

  init(_ words: CommandWords) throws { self.words = words }

  func run(_ context: CommandContext) async throws -> CommandResult {
    let location = try StoreLocation(words, context)
    let (info, counts) = try await location.reading { system in
      let info = try await system.maintenance.info()
      return (info, try await system.plans.read { try $0.counts(in: .all) })
    }
    var members: [JSONObject.Member] = [
      ("location", .string(location.text)),
      ("library", .string("\(info.library) \(info.libraryVersion)")),
      ("schemaVersion", info.schemaVersion.map { .integer(Int64($0)) } ?? .null),
      ("databaseBytes", .integer(Int64(info.databaseBytes))),
      ("logBytes", .integer(Int64(info.logBytes))),
      ("plans", .integer(Int64(counts.total))),
      ("counts", .object(counts.map { ($0.status.description, .integer(Int64($0.count))) })),
      ("warnings", .array(info.warnings.map { .string($0) })),
    ]
    if let failures = info.checkpointFailures {
      members.append(
        (
          "checkpointFailures",
          [
            "count": .integer(Int64(failures.count)), "latest": .string(failures.latest),
          ]
        ))
    }
    var text = """
      store     \(location.text.escaped)
      library   \(info.library) \(info.libraryVersion), schema \(info.schemaVersion ?? 0)
      size      \(info.databaseBytes) bytes, log \(info.logBytes) bytes
      plans     \(counts.total)

      """
    for (status, count) in counts { text += "          \(status)  \(count)\n" }
    for warning in info.warnings { text += "warning   \(warning.escaped)\n" }
    return CommandResult(data: .object(members), text: text)
  }
}
