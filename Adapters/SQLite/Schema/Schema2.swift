extension Migration {
  /// Adds the names of a plan's arguments that were defaults; NULL (unknown) for existing plans.
  ///
  /// The column has no default, so SQLite rewrites no rows: the cost does not depend on their
  /// number.
  static let second = Migration(
    number: 2, name: "arguments that were defaults",
    script: "ALTER TABLE plan_definition ADD COLUMN defaulted_arguments TEXT")
}
