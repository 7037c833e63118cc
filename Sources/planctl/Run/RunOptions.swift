import Planwright

/// The options and the plan file of `planctl run`.
struct RunOptions: Sendable {
  let file: String
  let action: String?
  let arguments: [(name: String, text: String)]
  /// The location of the store; nil for a separate file of this run.
  let store: String?
  let concurrency: Int

  /// Reads the words; throws a `UsageError` that names the invalid one.
  init(_ words: CommandWords) throws(UsageError) {
    file = words.operands[0]
    action = words.value(of: "--action")
    arguments = try words.pairs("--arg")
    store = words.value(of: "--store")
    concurrency = try words.number("--concurrency", in: 1...256) ?? 4
  }
}
