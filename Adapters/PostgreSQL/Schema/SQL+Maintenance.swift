extension SQL {
  /// The server's version, its setting for commits, the bytes of the schema $1, and whether the
  /// server takes writes.
  static let describe = PostgreSQLStatement(
    "describe",
    """
    SELECT current_setting('server_version'), current_setting('synchronous_commit'), \
    (SELECT coalesce(sum(pg_table_size(c.oid) + pg_indexes_size(c.oid)), 0)::bigint \
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
    WHERE n.nspname = $1 AND c.relkind = 'r'), \
    current_setting('fsync') || ' ' || current_setting('full_page_writes')
    """)
  /// Problems in what the schema keeps twice, at most $1.
  static let inconsistencies = PostgreSQLStatement(
    "inconsistencies",
    """
    (SELECT 'plan ' || p.id::text || ' has no definition' FROM plan p \
    LEFT JOIN plan_definition d ON d.number = p.number WHERE d.number IS NULL LIMIT $1) \
    UNION ALL (SELECT 'plan ' || p.id::text || ' has another number of events than its row says' \
    FROM plan p LEFT JOIN (SELECT plan, count(*) AS found, max(sequence) AS latest FROM event \
    GROUP BY plan) e ON e.plan = p.id WHERE coalesce(e.found, 0) <> p.last_event \
    OR coalesce(e.latest, 0) <> p.last_event LIMIT $1) \
    UNION ALL (SELECT 'event ' || e.position::text || ' belongs to a plan that is not stored' \
    FROM event e LEFT JOIN plan p ON p.id = e.plan WHERE p.id IS NULL LIMIT $1) \
    UNION ALL (SELECT 'plan ' || p.id::text || ' belongs to a tree that is not stored' \
    FROM plan p LEFT JOIN plan r ON r.id = p.root WHERE p.root IS NOT NULL AND r.id IS NULL \
    LIMIT $1) \
    UNION ALL (SELECT 'plan ' || p.id::text || ' belongs to an action that is not stored' \
    FROM plan p LEFT JOIN action a ON a.number = p.action WHERE a.number IS NULL LIMIT $1) \
    UNION ALL (SELECT 'the list of project ' || x.project || ' is wrong for plan ' || x.id::text \
    FROM plan_project x LEFT JOIN plan p ON p.id = x.id \
    WHERE p.id IS NULL OR p.status_group <> x.status_group LIMIT $1) \
    UNION ALL (SELECT 'the list of a label is wrong for plan ' || x.id::text \
    FROM plan_label x LEFT JOIN plan p ON p.id = x.id \
    WHERE p.id IS NULL OR p.status_group <> x.status_group LIMIT $1) \
    UNION ALL (SELECT 'the number of plans of an action is wrong' FROM (\
    SELECT action, status_group, change FROM plan_count \
    UNION ALL SELECT action, status_group, -1 FROM plan) c GROUP BY c.action, c.status_group \
    HAVING sum(c.change) <> 0 LIMIT $1) LIMIT $1
    """)
}
