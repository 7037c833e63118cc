/// How a command ended, as its exit status.
enum ExitStatus: Equatable, Sendable {
  /// The command did what it was told to.
  case done
  /// The command, a plan or a check failed.
  case failed
  /// The command line, a file or an argument is invalid.
  case usage
  /// A plan, an action, a file or a store does not exist.
  case notFound
  /// The plan's status or version, another process, or a file that exists, does not allow it.
  case conflict
  /// The store could not be opened, read or written.
  case storage
  /// The plan waits for the approval of an operator.
  case waitsForApproval
  /// A signal interrupted the command.
  case interrupted(signal: Int32)

  /// The number that the process returns.
  var number: Int32 {
    switch self {
    case .done: 0
    case .failed: 1
    case .usage: 2
    case .notFound: 3
    case .conflict: 4
    case .storage: 5
    case .waitsForApproval: 6
    case .interrupted(let signal): 128 + signal
    }
  }

  /// The word for it in JSON.
  var word: String {
    switch self {
    case .done: "done"
    case .failed: "failed"
    case .usage: "usage"
    case .notFound: "notFound"
    case .conflict: "conflict"
    case .storage: "storage"
    case .waitsForApproval: "waitsForApproval"
    case .interrupted: "interrupted"
    }
  }

  /// The table that `planctl help exit-codes` prints.
  static let help = """
    Every command ends with one of these exit statuses:

      0        done
      1        failed: the plan did not succeed, or a check found problems
      2        usage: the command line, a file or an argument is invalid
      3        not found: the plan, action, file or store does not exist
      4        conflict: the plan's status or version, another process, or a file that exists
               already, does not allow it
      5        storage: the store could not be opened, read or written
      6        waits for approval: 'planctl advance' continues the plan
      128 + N  interrupted by signal N: 129 SIGHUP, 130 Ctrl-C, 131 SIGQUIT, 143 SIGTERM

    With --json the same is in "status" and "exitCode". In a script:

      planctl run plan.json
      if [ $? -eq 6 ]; then echo "approve it first"; fi

    """
}
