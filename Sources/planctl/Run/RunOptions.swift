import Planwright

/// The options and the plan file of `planctl run`.
struct RunOptions: Sendable {
  static let specification: [CommandSpecification.Option] = [
    .init(
      "--arg", "NAME=VALUE", repeats: true,
      "an argument of the action; text as it is, other types as JSON"),
    .init("--action", "NAME", "the action to run (default: the first one of the file)"),
    .init("--new", "create another plan, also while one of the same command has not ended"),
    .init("--check", "only check the file and the arguments; run nothing"),
    .init("--concurrency", "N", "how many programs run at the same time, 1 to 256 (default: 4)"),
    .init(
      "--keep", "AGE",
      "remove trees of plans that ended longer ago, as in 12h (default: 30d, and with --store or "
        + "PLANWRIGHT_STORE all are kept)"),
    CommandSpecification.store,
  ]

  let file: String
  let action: String?
  let arguments: [(name: String, text: String)]
  /// Whether another plan is created, whatever there is.
  let isNew: Bool
  /// Whether nothing is run.
  let isCheck: Bool
  let concurrency: Int
  /// How long trees that have ended are kept; nil for the default.
  let keep: Duration?

  /// Reads the words; throws a `UsageError` that names the invalid one.
  init(_ words: CommandWords) throws(UsageError) {
    file = words.operands[0]
    action = words.value(of: "--action")
    arguments = try words.pairs("--arg")
    isNew = words.has("--new")
    isCheck = words.has("--check")
    concurrency = try words.number("--concurrency", in: 1...256) ?? 4
    keep = try words.age("--keep")
  }
}

extension CommandWords {
  /// The value of an option as a time span, as in `90s`, `15m`, `12h` or `30d`.
  func age(_ option: String) throws(UsageError) -> Duration? {
    guard let text = value(of: option) else { return nil }
    let units: [Character: Int] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
    guard let unit = text.last.flatMap({ units[$0] }), let count = UInt32(text.dropLast()) else {
      throw error("\(option): expected an age as in 30d, 12h, 15m or 90s, not '\(text)'")
    }
    return .seconds(Int(count) * unit)
  }
}
