/// The functions of the first version of the schema that merge lists of plans.
extension Migration {
  static let pages1 = [newestPage1, oldestPage1]

  /// Returns the first ids of the lists of some actions and groups, the newest first.
  ///
  /// A list holds the plans of one action in one group of statuses. Reads a part of each list, as
  /// small as if all lists had equally many of the wanted rows. What comes before the end of each
  /// part is complete; after that the parts are read again from there, twice as large.
  private static let newestPage1 = """
    CREATE FUNCTION list_page_newest(
      wanted_namespace text, wanted_action text, groups bigint[], start uuid, skipped uuid,
      wanted bigint
    ) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE AS $function$
    DECLARE
      actions bigint[];
      part bigint;
      bound uuid;
      found uuid[];
      rest bigint := wanted;
    BEGIN
      SELECT array_agg(a.number) INTO actions FROM action a
      WHERE (wanted_namespace IS NULL OR a.namespace = wanted_namespace)
        AND (wanted_action IS NULL OR a.name = wanted_action);
      IF actions IS NULL OR cardinality(groups) = 0 THEN
        RETURN;
      END IF;
      part := wanted / (cardinality(actions) * cardinality(groups)) + 2;
      LOOP
        WITH rows AS MATERIALIZED (
          SELECT q.id, q.place FROM unnest(actions) AS a (number)
          CROSS JOIN unnest(groups) AS g (number) CROSS JOIN LATERAL (
            SELECT x.id, row_number() OVER (ORDER BY x.id DESC) AS place FROM (
              SELECT p.id FROM plan p
              WHERE p.action = a.number AND p.status_group = g.number
                AND p.id <= start AND p.id IS DISTINCT FROM skipped
              ORDER BY p.id DESC LIMIT part
            ) x
          ) q
        ), ends AS (
          SELECT r.id FROM rows r WHERE r.place = part ORDER BY r.id DESC LIMIT 1
        )
        SELECT coalesce(array_agg(r.id ORDER BY r.id DESC), '{}'), (SELECT e.id FROM ends e)
        INTO found, bound FROM rows r
        WHERE r.id >= (SELECT e.id FROM ends e) OR NOT EXISTS (SELECT 1 FROM ends);
        RETURN QUERY SELECT f.id FROM unnest(found) WITH ORDINALITY AS f (id, place)
        ORDER BY f.place LIMIT rest;
        rest := rest - cardinality(found);
        EXIT WHEN rest <= 0 OR bound IS NULL;
        start := bound;
        skipped := bound;
        part := part * 2;
      END LOOP;
    END
    $function$
    """

  /// As `newestPage1`, the oldest first.
  private static let oldestPage1 = """
    CREATE FUNCTION list_page_oldest(
      wanted_namespace text, wanted_action text, groups bigint[], start uuid, skipped uuid,
      wanted bigint
    ) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE AS $function$
    DECLARE
      actions bigint[];
      part bigint;
      bound uuid;
      found uuid[];
      rest bigint := wanted;
    BEGIN
      SELECT array_agg(a.number) INTO actions FROM action a
      WHERE (wanted_namespace IS NULL OR a.namespace = wanted_namespace)
        AND (wanted_action IS NULL OR a.name = wanted_action);
      IF actions IS NULL OR cardinality(groups) = 0 THEN
        RETURN;
      END IF;
      part := wanted / (cardinality(actions) * cardinality(groups)) + 2;
      LOOP
        WITH rows AS MATERIALIZED (
          SELECT q.id, q.place FROM unnest(actions) AS a (number)
          CROSS JOIN unnest(groups) AS g (number) CROSS JOIN LATERAL (
            SELECT x.id, row_number() OVER (ORDER BY x.id) AS place FROM (
              SELECT p.id FROM plan p
              WHERE p.action = a.number AND p.status_group = g.number
                AND p.id >= start AND p.id IS DISTINCT FROM skipped
              ORDER BY p.id LIMIT part
            ) x
          ) q
        ), ends AS (
          SELECT r.id FROM rows r WHERE r.place = part ORDER BY r.id LIMIT 1
        )
        SELECT coalesce(array_agg(r.id ORDER BY r.id), '{}'), (SELECT e.id FROM ends e)
        INTO found, bound FROM rows r
        WHERE r.id <= (SELECT e.id FROM ends e) OR NOT EXISTS (SELECT 1 FROM ends);
        RETURN QUERY SELECT f.id FROM unnest(found) WITH ORDINALITY AS f (id, place)
        ORDER BY f.place LIMIT rest;
        rest := rest - cardinality(found);
        EXIT WHEN rest <= 0 OR bound IS NULL;
        start := bound;
        skipped := bound;
        part := part * 2;
      END LOOP;
    END
    $function$
    """
}
