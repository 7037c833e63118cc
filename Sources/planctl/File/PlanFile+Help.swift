extension PlanFile {
  /// The text of `planctl help file`.
  static let help = """
    A plan file is one JSON object. Unknown keys are errors; 'planctl schema' prints a JSON Schema,
    and 'planctl run FILE --check' checks a file without running anything.

      actions             a list of at least one action; 'planctl run' runs the first one
      programs            an object: for each actor of the actions, its program; may be missing for
                          'planctl action create', when the programs are elsewhere

    An action:

      name                NAMESPACE/NAME, or NAME for local/NAME; letters, digits, _ and -
      description         what a plan does; {argument} stands for an argument's value
      definitionOfDone    how one recognises that it is done; with {argument} too
      strategyActor       the actor that prepares the work
      executionActor      the actor that does it, perhaps by child plans
      applyActor          the actor that puts it into effect (default: the executionActor)
      arguments           a list of arguments (default: none)
      automation          manual, review or auto (default): manual waits for an approval after
                          strategize and after execute, review after execute, auto never
      readOnly            true: a plan ends after execute and applies nothing (default: false)
      reusable            false: for one plan only (default: true)
      retry               {"attempts": 3, "baseSeconds": 1, "capSeconds": 300}: how often a phase is
                          tried, and the delay, which doubles from the base to the cap
      invariants          a list of texts: what must hold at all times, for the programs
      longDescription     a text for people
      tags                a list of texts by which actions can be found

    An argument:

      name                a letter, then letters, digits, _ and -
      type                string, integer, number, boolean, list or object
      required            true, or false (default: true unless there is a default)
      default             the value of an argument that is not given
      minimum, maximum    limits of a number, or of the length of a text or list
      pattern             a regular expression that the whole text must match
      description         a text for people

    A program:

      command             the program and its arguments, as a list; no shell is used. A program with
                          a slash is found relative to the plan file, another one along PATH
      timeoutSeconds      after how long it is ended (default: 600)

    In the store an actor is named NAME@DIGEST: the digest is over the command, the timeout, the
    folder of the file, and the contents of the files that the command names. So a plan is only ever
    played by the programs that it was created with; 'planctl worker --accept' is the exception.

    An example:

      {"actions": [{"name": "copy", "description": "copy {source}",
         "definitionOfDone": "the copy equals {source}",
         "strategyActor": "sh", "executionActor": "sh",
         "arguments": [{"name": "source", "type": "string"}]}],
       "programs": {"sh": {"command": ["./copy.sh"], "timeoutSeconds": 60}}}

    """
}
