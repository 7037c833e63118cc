import Planwright

/// The errors of the library in the words of an operator, who knows commands, files and plans.
///
/// The library's own texts are for the programmers of hosts: they speak of units of work and of calls.
enum OperatorText {
  /// An error of the store: what failed, where, why, and what to do next.
  static func of(_ error: StorageError) -> String {
    let (meaning, advice) = words(for: error.code, inArchive: isArchive(error.subject))
    let reason = error.reason.replacing(", so it is not an archive", with: "")
    let why = reason.isEmpty ? meaning : "\(meaning) (\(reason))"
    let standard = StorageError(error.code, operation: "", subject: "").advice
    let next = error.advice == standard ? advice : error.advice
    let subject = error.subject == "a unit of work" ? "a change of the store" : error.subject
    return "\(error.operation) \(subject) failed: \(why); \(next)"
  }

  /// Whether an error is about the file of an export, or a line of it.
  private static func isArchive(_ subject: String) -> Bool {
    subject.hasPrefix("archive ") || subject.contains(" of archive ")
  }

  /// An error of the lifecycle; its advice names a command where there is one.
  static func of(_ error: PlanError) -> String {
    guard let (old, new) = advice(of: error) else { return error.description }
    return error.description.replacing(old, with: new)
  }

  /// A refusal of a command to this plan; it names the commands that the plan allows.
  static func of(_ error: PlanError, refusedFor plan: Plan, below parent: Plan?) -> String {
    guard error.code == .transitionNotAllowed else { return of(error) }
    let allowed = plan.allowedVerbs(below: parent).map(\.rawValue)
    let next =
      plan.isFinal
      ? "it has ended, and no command changes it"
      : "it allows \(allowed.joined(separator: ", "))"
    return error.description.replacing(Self.choice, with: next)
  }

  private static let choice = "read it again and choose an allowed command"

  /// The advice for the programmer of a host, and that for an operator.
  private static func advice(of error: PlanError) -> (old: String, new: String)? {
    switch error.code {
    case .transitionNotAllowed: (choice, "'planctl status' shows what can be done")
    case .actionAlreadyExists:
      ("update it or choose another name", "'planctl action register' updates it")
    case .actionNotFound:
      ("create it or correct its name", "'planctl action list' shows those that there are")
    case .actionVersionConflict:
      (
        "read it again before you repeat the change",
        "another process changed it; repeat the command"
      )
    case .versionConflict:
      (
        "read it again before you repeat the command",
        "another process changed it; repeat the command"
      )
    case .missingArgument: ("pass a value for it", "add --arg NAME=VALUE")
    case .notDue:
      (
        "wait until then, or expedite it",
        "wait until then, or 'planctl expedite' makes it ready now"
      )
    case .parentNotWaiting:
      ("retry or revert the parent", "'planctl status' of the parent shows what can be done")
    default: nil
    }
  }

  private static let disk = "make room on the disk that holds it, then repeat the command"
  private static let fault =
    "repeat the command; if that fails in the same way, report it as a fault of planctl"

  /// What a code means, and what to do about it.
  private static func words(
    for code: StorageError.Code, inArchive: Bool
  ) -> (meaning: String, advice: String) {
    switch code {
    case .notAStore where inArchive:
      ("it is not an archive of plans", "name a file that 'planctl store export' has written")
    case .corrupt where inArchive: ("the archive is damaged", "export the store again")
    case .duplicate: ("it is stored already", "leave the stored one, or use another name")
    case .missingReference:
      ("it refers to something that is not stored", "'planctl store verify' checks the store")
    case .notFound: ("it is not stored any more", "'planctl list' shows what is stored")
    case .staleWrite: ("another process has changed it meanwhile", "repeat the command")
    case .invalidLocation:
      ("this is not the location of a store", "'planctl help stores' tells how to write one")
    case .cannotOpen:
      (
        "it could not be opened",
        "check that the file and its folder exist, and that you may read and write them"
      )
    case .busy:
      (
        "other processes kept the store locked for too long",
        "wait for them or end them, then repeat the command"
      )
    case .full: ("the disk or the quota is full", disk)
    case .outOfMemory:
      ("the system has no free memory", "end other programs, then repeat the command")
    case .readOnly:
      ("it cannot be written to", "check the permissions of the file and of its folder")
    case .schemaTooNew:
      ("it was written by a newer version", "use that version of planctl, or a newer one")
    case .notAStore:
      (
        "it is not a store of plans",
        "name the file of a store with --store or PLANWRIGHT_STORE"
      )
    case .corrupt:
      (
        "what is stored there is damaged",
        "'planctl store verify' tells what, 'planctl store restore FILE --replace' goes back to a "
          + "backup"
      )
    case .moved:
      (
        "the store's file was moved, replaced or deleted while it was in use",
        "repeat the command, which opens what is there now; if the file was moved by mistake, put it back "
          + "first"
      )
    case .inputOutput:
      (
        "the system could not read or write it",
        "check the disk that holds it, then repeat the command"
      )
    case .unsupported:
      (
        "this kind of store cannot do that",
        "use a store in a file, or what its server has for it, as 'planctl help stores' tells"
      )
    case .unavailable:
      (
        "the server of the store cannot be reached",
        "check that the server runs and that --store names it, then repeat the command"
      )
    case .outcomeUnknown:
      (
        "the connection was lost, and it is not known whether the change was stored",
        "'planctl list' and 'planctl status' show what is stored; look before you repeat the command"
      )
    case .closed: ("the store is closed", fault)
    case .conflictingOpen: ("this process has it open in another way", fault)
    default: ("planctl used the store in a wrong way", fault)
    }
  }
}
