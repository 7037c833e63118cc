/// The functions of the first version of the schema.
///
/// Each statement of a volatile function sees what was committed before it, also within one
/// statement of its caller. So a function can take a lock and then read what the lock protects,
/// which otherwise needs two statements, and a round trip if the second depends on the first.
extension Migration {
  static let functions1 = [
    beginAppending1, feedHorizon1, holdFeed1, planRow1, duePlans1, removeTree1,
    sumCounts1,
  ]

  /// Takes positions for some events, after marking the transaction as one that takes positions.
  ///
  /// The mark is a shared lock of the transaction whose key is the highest position taken so far:
  /// the transaction takes only higher ones. Under a shared lock of the session, which a reader of
  /// the marks holds exclusively: no mark appears that is lower than what a reader has returned.
  /// The key has 32 bits; a reader adds the others. Several positions are taken under the exclusive
  /// lock, so that no mark of another transaction lies between them: their events become visible
  /// together.
  private static let beginAppending1 = """
    CREATE FUNCTION begin_appending(store_class bigint, gate bigint, wanted bigint) RETURNS void
    LANGUAGE plpgsql VOLATILE AS $function$
    DECLARE
      highest bigint;
    BEGIN
      IF wanted > 1 THEN
        PERFORM pg_advisory_lock(gate);
      ELSE
        PERFORM pg_advisory_lock_shared(gate);
      END IF;
      SELECT last_value INTO highest FROM event_position;
      PERFORM pg_advisory_xact_lock_shared(
        store_class::integer,
        (((highest + 2147483648) & 4294967295) - 2147483648)::integer);
      PERFORM nextval('event_position') FROM generate_series(1, wanted);
      IF wanted > 1 THEN
        PERFORM pg_advisory_unlock(gate);
      ELSE
        PERFORM pg_advisory_unlock_shared(gate);
      END IF;
    END
    $function$
    """

  /// Returns the highest position up to which no other running transaction has taken one.
  ///
  /// A later statement with a snapshot of its own sees every event up to it, and none is committed
  /// there later. Also kept as a setting of the session, for statements in the same round trip.
  private static let feedHorizon1 = """
    CREATE FUNCTION feed_horizon(store_class bigint, gate bigint) RETURNS bigint
    LANGUAGE plpgsql VOLATILE AS $function$
    DECLARE
      highest bigint;
      horizon bigint;
    BEGIN
      PERFORM pg_advisory_lock(gate);
      SELECT last_value INTO highest FROM event_position;
      SELECT min(highest - ((highest - objid::bigint) & 4294967295)) INTO horizon
      FROM pg_locks
      WHERE locktype = 'advisory' AND objsubid = 2 AND pid <> pg_backend_pid()
        AND classid = (store_class & 4294967295)::oid
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database());
      PERFORM pg_advisory_unlock(gate);
      horizon := least(highest, coalesce(horizon, highest));
      PERFORM set_config('planwright.horizon', horizon::text, false);
      RETURN horizon;
    END
    $function$
    """

  /// Waits until no transaction has a mark, and keeps the lock without which none gets one.
  ///
  /// A snapshot that is taken then has all events up to the highest position. The caller must unlock
  /// `gate` as soon as it has its snapshot.
  private static let holdFeed1 = """
    CREATE FUNCTION hold_feed(store_class bigint, gate bigint) RETURNS void
    LANGUAGE plpgsql VOLATILE AS $function$
    DECLARE
      mark integer;
    BEGIN
      PERFORM pg_advisory_lock(gate);
      FOR mark IN
        SELECT DISTINCT ((objid::bigint + 2147483648) & 4294967295) - 2147483648
        FROM pg_locks
        WHERE locktype = 'advisory' AND objsubid = 2 AND pid <> pg_backend_pid()
          AND classid = (store_class & 4294967295)::oid
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      LOOP
        PERFORM pg_advisory_lock(store_class::integer, mark);
        PERFORM pg_advisory_unlock(store_class::integer, mark);
      END LOOP;
      PERFORM set_config('planwright.horizon', '9223372036854775807', false);
    END
    $function$
    """

  private static let planRow1 = """
    CREATE VIEW plan_row AS
    SELECT p.*, d.document FROM plan p JOIN plan_definition d ON d.number = p.number
    """

  /// Returns the first due plans of these lists whose trees can be locked at once, and locks them.
  ///
  /// Skips the plans of trees that other transactions have locked; looks at a few candidates first,
  /// then at forty times as many. If all are locked, waits for the first for a short time, and looks
  /// again. The candidates of one list are read one by one from the index; those of several lists
  /// are sorted, so all are read.
  private static let duePlans1 = """
    CREATE FUNCTION due_plans(
      lists text[], latest bigint, wanted bigint, excluded uuid[], salt bigint
    ) RETURNS SETOF plan_row
    LANGUAGE plpgsql VOLATILE AS $function$
    DECLARE
      candidates refcursor;
      candidate record;
      first_tree bigint;
      locked uuid[] := '{}';
      part bigint := wanted + 8;
      seen bigint;
      patience text := current_setting('lock_timeout');
    BEGIN
      IF wanted <= 0 THEN
        RETURN;
      END IF;
      FOR turn IN 1..4 LOOP
        first_tree := NULL;
        seen := 0;
        IF cardinality(lists) = 1 THEN
          OPEN candidates FOR
            SELECT p.id, p.tree, p.due_list FROM plan p
            WHERE p.due_list = lists[1] AND p.due_at <= latest AND p.id <> ALL (excluded)
            ORDER BY p.due_at, p.id LIMIT part;
        ELSE
          OPEN candidates FOR
            SELECT q.id, q.tree, q.due_list FROM unnest(lists) AS l (name) CROSS JOIN LATERAL (
              SELECT p.id, p.tree, p.due_list, p.due_at FROM plan p
              WHERE p.due_list = l.name AND p.due_at <= latest AND p.id <> ALL (excluded)
              ORDER BY p.due_at, p.id LIMIT part
            ) q ORDER BY q.due_at, q.id;
        END IF;
        LOOP
          FETCH candidates INTO candidate;
          EXIT WHEN NOT FOUND;
          seen := seen + 1;
          first_tree := coalesce(first_tree, candidate.tree);
          CONTINUE WHEN candidate.id = ANY (locked);
          CONTINUE WHEN NOT pg_try_advisory_xact_lock(candidate.tree # salt);
          PERFORM 1 FROM plan p
          WHERE p.id = candidate.id AND p.due_list = candidate.due_list AND p.due_at <= latest;
          CONTINUE WHEN NOT FOUND;
          locked := locked || candidate.id;
          EXIT WHEN cardinality(locked) >= wanted;
        END LOOP;
        CLOSE candidates;
        EXIT WHEN cardinality(locked) >= wanted OR first_tree IS NULL;
        IF seen >= part AND turn < 3 THEN
          part := part * 40;
          CONTINUE;
        END IF;
        EXIT WHEN cardinality(locked) > 0;
        BEGIN
          PERFORM set_config('lock_timeout', '100ms', true);
          PERFORM pg_advisory_xact_lock(first_tree # salt);
          PERFORM set_config('lock_timeout', patience, true);
        EXCEPTION WHEN lock_not_available THEN
          RETURN;
        END;
      END LOOP;
      RETURN QUERY SELECT r.* FROM plan_row r WHERE r.id = ANY (locked) ORDER BY r.due_at, r.id;
    END
    $function$
    """

  /// Removes a root, its descendants and their events; returns the number of plans.
  private static let removeTree1 = """
    CREATE FUNCTION remove_tree(root_id uuid) RETURNS bigint
    LANGUAGE plpgsql VOLATILE AS $function$
    DECLARE
      ids uuid[];
      numbers bigint[];
      highest bigint;
    BEGIN
      SELECT array_agg(p.id), array_agg(p.number) INTO ids, numbers
      FROM (
        SELECT id, number FROM plan WHERE id = root_id
        UNION ALL SELECT id, number FROM plan WHERE root = root_id
      ) p;
      WITH removed AS (DELETE FROM event WHERE plan = ANY (ids) RETURNING position)
      SELECT max(position) INTO highest FROM removed;
      UPDATE feed SET purges = purges + 1,
        removed_position = greatest(removed_position, coalesce(highest, 0))
      WHERE number = 1;
      INSERT INTO plan_count (action, status_group, change)
      SELECT p.action, p.status_group, -count(*) FROM plan p WHERE p.id = ANY (ids)
      GROUP BY p.action, p.status_group;
      DELETE FROM plan_definition WHERE number = ANY (numbers);
      DELETE FROM plan_project WHERE id = ANY (ids);
      DELETE FROM plan_label WHERE id = ANY (ids);
      DELETE FROM plan_dependency WHERE parent = ANY (ids);
      DELETE FROM plan WHERE id = ANY (ids);
      RETURN cardinality(ids);
    END
    $function$
    """

  /// Replaces the changes of the numbers of plans by their sums, unless another transaction does.
  ///
  /// The changes of transactions that are running stay as they are.
  private static let sumCounts1 = """
    CREATE FUNCTION sum_counts(lock_key bigint) RETURNS void
    LANGUAGE plpgsql VOLATILE AS $function$
    BEGIN
      IF NOT pg_try_advisory_xact_lock(lock_key) THEN
        RETURN;
      END IF;
      WITH removed AS (DELETE FROM plan_count RETURNING action, status_group, change)
      INSERT INTO plan_count (action, status_group, change)
      SELECT r.action, r.status_group, sum(r.change) FROM removed r
      GROUP BY r.action, r.status_group HAVING sum(r.change) <> 0;
    END
    $function$
    """
}
