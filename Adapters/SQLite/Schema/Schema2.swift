extension Migration {
  /// Which arguments of a plan were defaults; unknown for the plans that are there already.
  ///
  /// A column without a default of its own: no row is rewritten, so that a store of a million plans
  /// is migrated as fast as an empty one.
  static let second = Migration(
    number: 2, name: "arguments that were defaults",
    script: "ALTER TABLE plan_definition ADD COLUMN defaulted_arguments TEXT")
}
