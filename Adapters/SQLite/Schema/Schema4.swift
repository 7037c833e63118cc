extension Migration {
  /// Adds the latest report of a phase's handler; NULL (none) for existing plans.
  ///
  /// The column has no default, so SQLite rewrites no rows: the cost does not depend on their
  /// number.
  static let fourth = Migration(
    number: 4, name: "reports of handlers",
    script: "ALTER TABLE plan_documents ADD COLUMN report TEXT")
}
