extension Migration {
  /// The first version of the schema.
  ///
  /// `plan` holds the columns that are searched and those that change; texts that never change and
  /// documents, which change rarely, are in other tables, so that a transition does not rewrite
  /// them. Times are microseconds since the Unix epoch, ids are 16 bytes whose order is the order
  /// of ids, statuses and groups are the raw values of `PlanStatus` and `StatusGroup`. `due_list`
  /// is the due list that contains the plan, or NULL. An event without a plan keeps the highest
  /// position of removed events, so that no position is used twice.
  static let first = Migration(
    number: 1, name: "plans, actions and events",
    script: """
      CREATE TABLE migration (
        number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL
      ) STRICT;

      CREATE TABLE namespace (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

      CREATE TABLE action (
        number INTEGER PRIMARY KEY,
        namespace INTEGER NOT NULL REFERENCES namespace (number),
        name TEXT NOT NULL UNIQUE,
        description TEXT NOT NULL,
        long_description TEXT,
        definition_of_done TEXT NOT NULL,
        strategy_actor TEXT NOT NULL,
        execution_actor TEXT NOT NULL,
        apply_actor TEXT NOT NULL,
        arguments TEXT NOT NULL,
        invariants TEXT NOT NULL,
        reusable INTEGER NOT NULL,
        read_only INTEGER NOT NULL,
        automation INTEGER NOT NULL,
        retry_attempts INTEGER NOT NULL,
        retry_base INTEGER NOT NULL,
        retry_cap INTEGER NOT NULL,
        tags TEXT NOT NULL,
        created_by TEXT,
        state TEXT NOT NULL,
        version INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX action_by_namespace ON action (namespace, number);

      CREATE TABLE terms (
        number INTEGER PRIMARY KEY,
        action INTEGER NOT NULL REFERENCES action (number),
        action_version INTEGER NOT NULL,
        strategy_actor TEXT NOT NULL,
        execution_actor TEXT NOT NULL,
        apply_actor TEXT NOT NULL,
        invariants TEXT NOT NULL,
        retry_attempts INTEGER NOT NULL,
        retry_base INTEGER NOT NULL,
        retry_cap INTEGER NOT NULL,
        read_only INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX terms_by_action ON terms (action, action_version);

      CREATE TABLE plan (
        number INTEGER PRIMARY KEY,
        id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
        terms INTEGER NOT NULL REFERENCES terms (number),
        action INTEGER NOT NULL,
        namespace INTEGER NOT NULL,
        idempotency_key TEXT,
        parent BLOB REFERENCES plan (id),
        root BLOB NOT NULL REFERENCES plan (id),
        depth INTEGER,
        round INTEGER,
        position INTEGER,
        child_key TEXT,
        status_group INTEGER NOT NULL,
        status INTEGER NOT NULL CHECK (status BETWEEN 0 AND 16),
        version INTEGER NOT NULL,
        attempt INTEGER NOT NULL,
        reversion_count INTEGER NOT NULL,
        epoch INTEGER NOT NULL,
        lease_owner TEXT,
        lease_expires_at INTEGER,
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
        due_list TEXT,
        due_at INTEGER,
        is_startable INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX plan_by_group ON plan (status_group, id);
      CREATE INDEX plan_by_namespace ON plan (namespace, status_group, id);
      CREATE INDEX plan_by_action ON plan (action, status_group, id);
      CREATE UNIQUE INDEX plan_by_use ON plan (action, idempotency_key)
        WHERE idempotency_key IS NOT NULL;
      CREATE INDEX plan_by_root ON plan (root, id);
      CREATE INDEX plan_by_parent ON plan (parent, id) WHERE parent IS NOT NULL;
      CREATE UNIQUE INDEX plan_by_position ON plan (parent, round, position)
        WHERE parent IS NOT NULL;
      CREATE UNIQUE INDEX plan_by_child_key ON plan (parent, round, child_key)
        WHERE parent IS NOT NULL;
      CREATE INDEX plan_startable ON plan (parent, round, position) WHERE is_startable = 1;
      CREATE INDEX plan_due ON plan (due_list, due_at, id) WHERE due_list IS NOT NULL;

      CREATE TABLE plan_definition (
        plan INTEGER PRIMARY KEY REFERENCES plan (number),
        description TEXT NOT NULL,
        definition_of_done TEXT NOT NULL,
        arguments TEXT NOT NULL,
        projects TEXT,
        automation INTEGER NOT NULL,
        depends_on TEXT,
        created_by TEXT,
        created_at INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE plan_documents (
        plan INTEGER PRIMARY KEY REFERENCES plan (number),
        strategize TEXT,
        execute TEXT,
        apply TEXT,
        checkpoint_step TEXT,
        checkpoint_data TEXT,
        failure_code TEXT,
        failure_message TEXT,
        failure_detail TEXT,
        failure_retryable INTEGER
      ) STRICT;

      CREATE TABLE plan_project (
        project TEXT NOT NULL,
        status_group INTEGER NOT NULL,
        id BLOB NOT NULL,
        plan INTEGER NOT NULL REFERENCES plan (number),
        PRIMARY KEY (project, status_group, id)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX plan_project_by_plan ON plan_project (plan);

      CREATE TABLE plan_dependency (
        parent BLOB NOT NULL,
        round INTEGER NOT NULL,
        key TEXT NOT NULL,
        position INTEGER NOT NULL,
        plan INTEGER NOT NULL REFERENCES plan (number),
        PRIMARY KEY (parent, round, key, position)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX plan_dependency_by_plan ON plan_dependency (plan);

      CREATE TABLE event (
        position INTEGER PRIMARY KEY,
        plan INTEGER REFERENCES plan (number),
        sequence INTEGER NOT NULL,
        command TEXT NOT NULL,
        status_before INTEGER,
        status_after INTEGER NOT NULL,
        at INTEGER NOT NULL,
        attempt INTEGER NOT NULL,
        epoch INTEGER NOT NULL,
        detail_kind INTEGER,
        detail TEXT
      ) STRICT;
      CREATE UNIQUE INDEX event_by_plan ON event (plan, sequence);
      """)
}
