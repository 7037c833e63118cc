extension Migration {
  /// Keeps a plan in one row, its events in a chain, and the number of plans in each list.
  ///
  /// A commit writes one page for each tree that it changes, so plans and events are kept in as few
  /// trees as answer the questions of the ports.
  ///
  /// `plan` holds the texts of a plan as well: `description` is NULL if they are too long for it
  /// and in `plan_definition`; `documents` is 0 without documents, 1 if they are in this row, and 2
  /// if they are in `plan_documents`. `root` is NULL for a root. `due_list` is the number of the actor
  /// for which the plan is queued, 0 for leases, -1 for final roots, or NULL.
  ///
  /// `last_event` is the position of the plan's latest event, and `previous` that of the event
  /// before it. Every sixteenth event of a plan is in an index, so that a page of a long history
  /// takes no longer than one of a short history. No foreign key leads from `event` to `plan`,
  /// because without an index of all events by plan the removal of a plan would search all events.
  ///
  /// `plan_count` holds the number of plans of each action in each group. The plans of a namespace,
  /// and those of the store, are merged from the lists of their actions. No trigger keeps these two
  /// columns: SQLite copies every page that a statement with a trigger changes.
  ///
  /// Copies all rows in the order of their numbers, with the indexes in place, and frees pages only
  /// after that: SQLite would keep an index that it sorts in memory, and so the pages that were
  /// free before a statement and that it writes. The pages of the old tables are used again later.
  static let fifth = Migration(
    number: 5, name: "fewer pages for each write",
    script: actorsFrom4 + plansFrom4 + textsFrom4 + eventsFrom4 + countsFrom4)

  private static let actorsFrom4 = """
    CREATE TABLE actor (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
    INSERT INTO actor (name)
      SELECT DISTINCT substr(due_list, 7) FROM plan
      WHERE due_list > 'ready ' AND due_list < 'ready!';

    """

  private static let plansFrom4 = """
    CREATE TABLE new_plan (
      number INTEGER PRIMARY KEY,
      id BLOB NOT NULL CHECK (length(id) = 16),
      terms INTEGER NOT NULL REFERENCES terms (number),
      action INTEGER NOT NULL,
      status_group INTEGER NOT NULL,
      status INTEGER NOT NULL CHECK (status BETWEEN 0 AND 16),
      version INTEGER NOT NULL,
      attempt INTEGER NOT NULL,
      reversion_count INTEGER NOT NULL,
      epoch INTEGER NOT NULL,
      lease_owner TEXT,
      lease_expires_at INTEGER,
      lease_ends_at INTEGER,
      ready_at INTEGER,
      unmet_dependencies INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      strategize_queued_at INTEGER,
      strategize_started_at INTEGER,
      strategize_ended_at INTEGER,
      execute_queued_at INTEGER,
      execute_started_at INTEGER,
      execute_ended_at INTEGER,
      apply_queued_at INTEGER,
      apply_started_at INTEGER,
      apply_ended_at INTEGER,
      spawn_round INTEGER,
      spawn_mode TEXT,
      spawn_max_parallel INTEGER,
      spawn_fail_fast INTEGER,
      spawn_total INTEGER,
      spawn_ended INTEGER,
      spawn_holding INTEGER,
      due_list INTEGER,
      due_at INTEGER,
      is_startable INTEGER NOT NULL,
      last_event INTEGER,
      idempotency_key TEXT,
      parent BLOB REFERENCES plan (id),
      root BLOB REFERENCES plan (id),
      depth INTEGER,
      round INTEGER,
      position INTEGER,
      child_key TEXT,
      description TEXT,
      definition_of_done TEXT,
      arguments TEXT,
      projects TEXT,
      automation INTEGER,
      depends_on TEXT,
      created_by TEXT,
      created_at INTEGER,
      defaulted_arguments TEXT,
      labels TEXT,
      context TEXT,
      not_before INTEGER,
      documents INTEGER NOT NULL CHECK (documents BETWEEN 0 AND 2),
      strategize TEXT,
      execute TEXT,
      apply TEXT,
      checkpoint_step TEXT,
      checkpoint_data TEXT,
      failure_code TEXT,
      failure_message TEXT,
      failure_detail TEXT,
      failure_retryable INTEGER,
      failure_retry_after INTEGER,
      input TEXT,
      report TEXT
    ) STRICT;
    CREATE UNIQUE INDEX plan_by_id ON new_plan (id);
    CREATE INDEX plan_by_list ON new_plan (action, status_group, id);
    CREATE UNIQUE INDEX plan_by_key ON new_plan (action, idempotency_key)
      WHERE idempotency_key IS NOT NULL;
    CREATE INDEX plan_by_tree ON new_plan (root, id) WHERE root IS NOT NULL;
    CREATE INDEX plan_children ON new_plan (parent, id) WHERE parent IS NOT NULL;
    CREATE UNIQUE INDEX plan_child_position ON new_plan (parent, round, position)
      WHERE parent IS NOT NULL;
    CREATE UNIQUE INDEX plan_child_key ON new_plan (parent, round, child_key)
      WHERE parent IS NOT NULL;
    CREATE INDEX plan_child_startable ON new_plan (parent, round, position) WHERE is_startable = 1;
    CREATE INDEX plan_by_due ON new_plan (due_list, due_at, id) WHERE due_list IS NOT NULL;
    INSERT INTO new_plan
      SELECT p.number, p.id, p.terms, p.action, p.status_group, p.status, p.version, p.attempt,
        p.reversion_count, p.epoch, p.lease_owner, p.lease_expires_at, p.lease_ends_at, p.ready_at,
        p.unmet_dependencies, p.updated_at, p.strategize_queued_at, p.strategize_started_at,
        p.strategize_ended_at, p.execute_queued_at, p.execute_started_at, p.execute_ended_at,
        p.apply_queued_at, p.apply_started_at, p.apply_ended_at, p.spawn_round, p.spawn_mode,
        p.spawn_max_parallel, p.spawn_fail_fast, p.spawn_total, p.spawn_ended, p.spawn_holding,
        CASE p.due_list WHEN 'lease' THEN 0 WHEN 'final' THEN -1
          ELSE (SELECT number FROM actor WHERE name = substr(p.due_list, 7)) END,
        p.due_at, p.is_startable,
        (SELECT position FROM event WHERE plan = p.number ORDER BY sequence DESC LIMIT 1),
        p.idempotency_key, p.parent, iif(p.parent IS NULL, NULL, p.root), p.depth, p.round,
        p.position, p.child_key, d.description, d.definition_of_done, d.arguments, d.projects,
        d.automation, d.depends_on, d.created_by, d.created_at, d.defaulted_arguments, d.labels,
        d.context, d.not_before,
        CASE WHEN c.plan IS NOT NULL THEN 1
          WHEN EXISTS (SELECT 1 FROM plan_documents WHERE plan = p.number) THEN 2 ELSE 0 END,
        c.strategize, c.execute, c.apply, c.checkpoint_step, c.checkpoint_data, c.failure_code,
        c.failure_message, c.failure_detail, c.failure_retryable, c.failure_retry_after, c.input,
        c.report
      FROM plan p
      LEFT JOIN plan_definition d ON d.plan = p.number AND \(definitionBytes("d")) <= 1000
      LEFT JOIN plan_documents c ON c.plan = p.number AND \(documentBytes("c")) <= 500
      ORDER BY p.number;

    """

  /// Keeps the long texts only.
  private static let textsFrom4 = """
    CREATE TABLE new_plan_definition (
      plan INTEGER PRIMARY KEY REFERENCES plan (number),
      description TEXT NOT NULL,
      definition_of_done TEXT NOT NULL,
      arguments TEXT NOT NULL,
      projects TEXT,
      automation INTEGER NOT NULL,
      depends_on TEXT,
      created_by TEXT,
      created_at INTEGER NOT NULL,
      defaulted_arguments TEXT,
      labels TEXT,
      context TEXT,
      not_before INTEGER
    ) STRICT;
    INSERT INTO new_plan_definition SELECT * FROM plan_definition d
      WHERE \(definitionBytes("d")) > 1000 ORDER BY plan;
    CREATE TABLE new_plan_documents (
      plan INTEGER PRIMARY KEY REFERENCES plan (number),
      strategize TEXT,
      execute TEXT,
      apply TEXT,
      checkpoint_step TEXT,
      checkpoint_data TEXT,
      failure_code TEXT,
      failure_message TEXT,
      failure_detail TEXT,
      failure_retryable INTEGER,
      failure_retry_after INTEGER,
      input TEXT,
      report TEXT
    ) STRICT;
    INSERT INTO new_plan_documents SELECT * FROM plan_documents c
      WHERE \(documentBytes("c")) > 500 ORDER BY plan;

    """

  private static let eventsFrom4 = """
    CREATE TABLE new_event (
      position INTEGER PRIMARY KEY,
      plan INTEGER,
      sequence INTEGER NOT NULL,
      command TEXT NOT NULL,
      status_before INTEGER,
      status_after INTEGER NOT NULL,
      at INTEGER NOT NULL,
      attempt INTEGER NOT NULL,
      epoch INTEGER NOT NULL,
      detail_kind INTEGER,
      detail TEXT,
      author TEXT,
      note TEXT,
      previous INTEGER
    ) STRICT;
    CREATE UNIQUE INDEX event_by_sixteen ON new_event (plan, sequence) WHERE sequence % 16 = 0;
    CREATE INDEX event_marker ON new_event (plan) WHERE plan IS NULL;
    INSERT INTO new_event
      SELECT e.position, e.plan, e.sequence, e.command, e.status_before, e.status_after, e.at,
        e.attempt, e.epoch, e.detail_kind, e.detail, e.author, e.note,
        (SELECT position FROM event WHERE plan = e.plan AND sequence = e.sequence - 1)
      FROM event e ORDER BY e.position;
    DROP TABLE plan_definition;
    ALTER TABLE new_plan_definition RENAME TO plan_definition;
    DROP TABLE plan_documents;
    ALTER TABLE new_plan_documents RENAME TO plan_documents;
    DROP TABLE event;
    ALTER TABLE new_event RENAME TO event;
    DROP TABLE plan;
    ALTER TABLE new_plan RENAME TO plan;

    """

  private static let countsFrom4 = """
    CREATE TABLE plan_count (
      action INTEGER NOT NULL,
      status_group INTEGER NOT NULL,
      count INTEGER NOT NULL,
      PRIMARY KEY (action, status_group)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO plan_count
      SELECT action, status_group, count(*) FROM plan GROUP BY action, status_group;
    """

  /// The size of the texts of a row of `plan_definition`, in bytes.
  private static func definitionBytes(_ table: String) -> String {
    bytes(
      table,
      ["description", "definition_of_done", "arguments", "projects", "depends_on"]
        + ["created_by", "defaulted_arguments", "labels", "context"])
  }

  /// The size of the texts of a row of `plan_documents`, in bytes.
  private static func documentBytes(_ table: String) -> String {
    bytes(
      table,
      ["strategize", "execute", "apply", "checkpoint_step", "checkpoint_data"]
        + ["failure_code", "failure_message", "failure_detail", "input", "report"])
  }

  private static func bytes(_ table: String, _ columns: [String]) -> String {
    let lengths = columns.map { "coalesce(length(CAST(\(table).\($0) AS BLOB)), 0)" }
    return "(\(lengths.joined(separator: " + ")))"
  }
}
