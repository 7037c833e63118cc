extension ProgramHandler {
  /// The text of `planctl help programs`.
  static let help = """
    A program is run for each attempt at a phase of a plan, by 'planctl run' or 'planctl worker'. It
    may be run again after a failure, so what it does twice must have the effect of once.

    Standard input is one JSON object: plan, root, action, phase (strategize, execute or apply),
    attempt, epoch, description, definitionOfDone, invariants, arguments, results (by phase),
    children (key, plan, status, succeeded, results, failure), and where there is one: key and parent
    (of a child), checkpoint, lastRevert, lastFailure.

    Standard output is empty, or one JSON object in UTF-8 with one of these keys:

      result        any JSON value of at most 16 MiB: the phase is done
      children      only in execute: a list of {"action", "arguments", "key", "dependsOn",
                    "automation"}; execute is run again when they have ended. Beside it
                    "schedule": {"mode": "parallel" (default), "sequential" or "dependencyOrdered",
                    "maxParallel", "failFast"}
      constrained   only in apply: a text: why it cannot be applied

    The environment is that of planctl and:

      PLANWRIGHT_ARG_NAME             an argument, NAME in capitals with _ for -; texts as they are,
                                      other values as JSON. Values of 128 KiB and more, or with a
                                      NUL character, are in the document on standard input only
      PLANWRIGHT_PLAN                 the id of the plan
      PLANWRIGHT_PHASE                the phase
      PLANWRIGHT_ATTEMPT              the number of the attempt, from 1
      PLANWRIGHT_FILE_DIR             the folder of the plan file
      PLANWRIGHT_WORKDIR              the work folder
      PLANWRIGHT_ROUND                how often children were spawned in this phase
      PLANWRIGHT_CHILDREN_TOTAL       how many children there were the last time
      PLANWRIGHT_CHILDREN_SUCCEEDED   how many of them succeeded

    The work folder is one for a plan with all its children, beside the store's file; it is removed
    when the plan has ended and its result was printed. The current folder is that of planctl.

    The exit status:

      0             done; standard output counts
      64 to 74      failed, and another attempt would fail too (sysexits.h)
      75, others    failed; another attempt follows if the action's "retry" has one left
      a signal      as others; so is the end of the timeout

    Standard error is for people: its last 16 KiB are kept with the attempt ('planctl status ID').
    When planctl ends, however it ends, running programs get SIGTERM, and SIGKILL after 5 seconds.

    A program that prints a result:

      printf '{"result": {"copied": "%s"}}' "$PLANWRIGHT_ARG_SOURCE"

    """
}
