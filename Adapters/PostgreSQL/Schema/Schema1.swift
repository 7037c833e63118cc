extension Migration {
  /// The first version of the schema.
  ///
  /// Times are microseconds since the Unix epoch, ids are of the type `uuid`, whose order is theirs,
  /// statuses and groups are the raw values of `PlanStatus` and `StatusGroup`. `plan` holds what
  /// changes and what is searched; the definition of a plan, which never changes, is in a table of
  /// its own, because PostgreSQL writes the whole row with each update. `tree` is the key of the
  /// lock of the plan's tree; `due_list` is the due list that contains the plan, or NULL;
  /// `last_event` is the sequence of its latest event. `root` is NULL for a root. `revision` is
  /// a random number for each state of an action. `token` identifies the unit of work that appended an
  /// event; a unit of work without events has a row in `unit_of_work`. The numbers of plans of each
  /// action in each group are sums of changes, because units of work would wait for each other to
  /// change one row.
  ///
  /// No foreign keys: their checks lock the rows that they look up, and the units of work hold the
  /// locks that make such a check unnecessary.
  static let first = Migration(
    number: 1, name: "plans, actions and events",
    statements: tables1 + planTables1 + eventTables1 + functions1 + pages1)

  private static let tables1 = [
    """
    CREATE TABLE migration (number bigint PRIMARY KEY, name text NOT NULL, checksum text NOT NULL)
    """,
    """
    CREATE TABLE action (
      number bigint PRIMARY KEY,
      name text COLLATE "C" NOT NULL UNIQUE,
      namespace text COLLATE "C" NOT NULL,
      version bigint NOT NULL,
      revision bigint NOT NULL,
      document text NOT NULL
    )
    """,
    "CREATE INDEX action_by_namespace ON action (namespace, number)",
  ]

  private static let planTables1 = [
    """
    CREATE TABLE plan (
      id uuid PRIMARY KEY,
      number bigint GENERATED ALWAYS AS IDENTITY,
      tree bigint NOT NULL,
      action bigint NOT NULL,
      idempotency_key text COLLATE "C",
      parent uuid,
      root uuid,
      round bigint,
      position bigint,
      child_key text COLLATE "C",
      status_group bigint NOT NULL,
      status bigint NOT NULL CHECK (status BETWEEN 0 AND 16),
      version bigint NOT NULL,
      attempt bigint NOT NULL,
      reversion_count bigint NOT NULL,
      epoch bigint NOT NULL,
      lease_owner text COLLATE "C",
      lease_expires_at bigint,
      lease_ends_at bigint,
      ready_at bigint,
      unmet_dependencies bigint NOT NULL,
      updated_at bigint NOT NULL,
      strategize_queued_at bigint,
      strategize_started_at bigint,
      strategize_ended_at bigint,
      execute_queued_at bigint,
      execute_started_at bigint,
      execute_ended_at bigint,
      apply_queued_at bigint,
      apply_started_at bigint,
      apply_ended_at bigint,
      spawn_round bigint,
      spawn_mode text COLLATE "C",
      spawn_max_parallel bigint,
      spawn_fail_fast boolean,
      spawn_total bigint,
      spawn_ended bigint,
      spawn_holding bigint,
      due_list text COLLATE "C",
      due_at bigint,
      is_startable boolean NOT NULL,
      last_event bigint NOT NULL,
      documents text
    ) WITH (autovacuum_vacuum_scale_factor = 0.02)
    """,
    "CREATE INDEX plan_by_list ON plan (action, status_group, id)",
    """
    CREATE UNIQUE INDEX plan_by_key ON plan (action, idempotency_key)
    WHERE idempotency_key IS NOT NULL
    """,
    "CREATE INDEX plan_by_tree ON plan (root, id) WHERE root IS NOT NULL",
    "CREATE INDEX plan_children ON plan (parent, id) WHERE parent IS NOT NULL",
    """
    CREATE UNIQUE INDEX plan_child_position ON plan (parent, round, position)
    WHERE parent IS NOT NULL
    """,
    """
    CREATE UNIQUE INDEX plan_child_key ON plan (parent, round, child_key)
    WHERE parent IS NOT NULL
    """,
    "CREATE INDEX plan_startable ON plan (parent, round, position) WHERE is_startable",
    "CREATE INDEX plan_by_due ON plan (due_list, due_at, id) WHERE due_list IS NOT NULL",
    "CREATE TABLE plan_definition (number bigint PRIMARY KEY, document text NOT NULL)",
    """
    CREATE TABLE plan_project (
      project text COLLATE "C" NOT NULL,
      status_group bigint NOT NULL,
      id uuid NOT NULL,
      PRIMARY KEY (project, status_group, id)
    )
    """,
    "CREATE INDEX plan_project_by_plan ON plan_project (id)",
    """
    CREATE TABLE plan_label (
      label text COLLATE "C" NOT NULL,
      status_group bigint NOT NULL,
      id uuid NOT NULL,
      PRIMARY KEY (label, status_group, id)
    )
    """,
    "CREATE INDEX plan_label_by_plan ON plan_label (id)",
    // Changes of numbers of plans, and sums of earlier changes; the number is the sum of all rows.
    """
    CREATE TABLE plan_count (
      action bigint NOT NULL, status_group bigint NOT NULL, change bigint NOT NULL
    ) WITH (autovacuum_vacuum_scale_factor = 0.02)
    """,
    """
    CREATE TABLE plan_dependency (
      parent uuid NOT NULL,
      round bigint NOT NULL,
      key text COLLATE "C" NOT NULL,
      position bigint NOT NULL,
      id uuid NOT NULL,
      PRIMARY KEY (parent, round, key, position)
    )
    """,
  ]

  private static let eventTables1 = [
    """
    CREATE TABLE event (
      position bigint PRIMARY KEY,
      plan uuid NOT NULL,
      sequence bigint NOT NULL,
      command text COLLATE "C" NOT NULL,
      status_before bigint,
      status_after bigint NOT NULL,
      at bigint NOT NULL,
      attempt bigint NOT NULL,
      epoch bigint NOT NULL,
      detail_kind bigint,
      detail text,
      signature text,
      token bigint,
      UNIQUE (plan, sequence)
    )
    """,
    // The position before the first is 0, so that `last_value` is always the highest one.
    "CREATE SEQUENCE event_position AS bigint MINVALUE 0 START 0 CACHE 1",
    "SELECT setval('event_position', 0)",
    """
    CREATE TABLE feed (
      number bigint PRIMARY KEY CHECK (number = 1),
      purges bigint NOT NULL,
      removed_position bigint NOT NULL
    )
    """,
    "INSERT INTO feed (number, purges, removed_position) VALUES (1, 0, 0)",
    """
    CREATE TABLE unit_of_work (
      token bigint NOT NULL, committed_at timestamptz NOT NULL DEFAULT clock_timestamp()
    )
    """,
  ]
}
