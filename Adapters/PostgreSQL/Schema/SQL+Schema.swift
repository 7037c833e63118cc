extension SQL {
  /// Takes the lock $1 for the session; returns whether it was free.
  static let takeKey = PostgreSQLStatement("take_key", "SELECT pg_try_advisory_lock($1)")
  /// What must be known before a store is opened; $1 is its schema, $2 the table of migrations.
  static let inspectSchema = PostgreSQLStatement(
    "inspect_schema",
    """
    SELECT current_setting('server_encoding'), (SELECT system_identifier FROM pg_control_system()), \
    (SELECT oid::bigint FROM pg_database WHERE datname = current_database()), n.oid::bigint, \
    (SELECT count(*) FROM pg_class c WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'v', 'S')), \
    (SELECT count(*) = 3 FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid \
    WHERE c.relnamespace = n.oid AND c.relname = $2 AND c.relkind = 'r' \
    AND t.attname IN ('number', 'name', 'checksum')), \
    quote_ident(current_user), coalesce(has_schema_privilege(n.oid, 'USAGE'), true) \
    FROM (SELECT $1::text AS name) s \
    LEFT JOIN pg_namespace n ON n.nspname = s.name
    """)
  static let migrations = PostgreSQLStatement(
    "migrations", "SELECT number, name, checksum FROM migration ORDER BY number")
  static let recordMigration = PostgreSQLStatement(
    "record_migration", "INSERT INTO migration (number, name, checksum) VALUES ($1, $2, $3)")
  /// Sets the name of the schema that `createSchema` creates.
  static let nameSchema = PostgreSQLStatement(
    "name_schema", "SELECT set_config('planwright.schema', $1, true)")
  /// Creates the schema of that name: a statement that creates something has no parameters.
  static let createSchema = PostgreSQLStatement(
    "create_schema",
    """
    DO $block$ BEGIN EXECUTE format('CREATE SCHEMA %I', current_setting('planwright.schema')); END \
    $block$
    """)
}
