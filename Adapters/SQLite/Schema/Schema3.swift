extension Migration {
  /// Adds time-outs, labels, contexts, inputs, authors and notes, and counts removed trees.
  ///
  /// The new columns have no default, so SQLite rewrites no rows: the cost does not depend on their
  /// number. `plan_label` holds each label as `key`, a tab and `value`; neither contains a tab.
  /// `feed` has one row: the number of removed trees, and the highest position of an event removed
  /// with them. Older schemas did not record these; a position marker shows that trees were
  /// removed, and that their events had lower positions.
  static let third = Migration(
    number: 3, name: "time-outs, labels, inputs and removed events",
    script: """
      ALTER TABLE action ADD COLUMN attempt_timeout INTEGER;
      ALTER TABLE terms ADD COLUMN attempt_timeout INTEGER;
      ALTER TABLE plan ADD COLUMN lease_ends_at INTEGER;
      ALTER TABLE plan_definition ADD COLUMN labels TEXT;
      ALTER TABLE plan_definition ADD COLUMN context TEXT;
      ALTER TABLE plan_definition ADD COLUMN not_before INTEGER;
      ALTER TABLE plan_documents ADD COLUMN failure_retry_after INTEGER;
      ALTER TABLE plan_documents ADD COLUMN input TEXT;
      ALTER TABLE event ADD COLUMN author TEXT;
      ALTER TABLE event ADD COLUMN note TEXT;

      CREATE TABLE plan_label (
        label TEXT NOT NULL,
        status_group INTEGER NOT NULL,
        id BLOB NOT NULL,
        plan INTEGER NOT NULL REFERENCES plan (number),
        PRIMARY KEY (label, status_group, id)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX plan_label_by_plan ON plan_label (plan);

      CREATE TABLE feed (
        number INTEGER PRIMARY KEY CHECK (number = 1),
        purges INTEGER NOT NULL,
        removed_position INTEGER NOT NULL
      ) STRICT;
      INSERT INTO feed (number, purges, removed_position)
        SELECT 1, count(*) > 0, coalesce(max(position) - 1, 0) FROM event WHERE plan IS NULL;
      """)
}
