import Foundation
import Planwright

/// Runs the program of an actor for its assignments.
struct ProgramHandler: Sendable {
  let program: PlanFile.Program
  /// The folder of the plan file.
  let fileFolder: String
  /// The actions of the plan file, of which programs spawn children.
  let actions: [ActionName: ActionDefinition]
  let workFolders: WorkFolders
  /// The environment variables of planctl, which programs inherit.
  let inherited: [String: String]
  /// The time between SIGTERM and SIGKILL for a program that must end.
  var gracePeriod: Duration = .seconds(5)

  /// How many bytes of standard error become a part of a failure's message.
  private static let errorBytesOfMessage = 8 << 10

  /// Runs the program for one attempt of a phase and returns its outcome.
  ///
  /// The reaper ends the program if planctl ends before it. Throws `CancellationError` when the task
  /// was cancelled, and `WorkFolderError` when the work folder cannot be used.
  func handle(_ assignment: Assignment, _ reaper: Reaper) async throws -> HandlerOutcome {
    let invocation = ProgramInvocation(
      command: command, environment: try environment(of: assignment),
      input: Array(Self.document(of: assignment).serialized().utf8), timeout: program.timeout,
      gracePeriod: gracePeriod)
    let ending = await ProgramRunner(reaper: reaper).run(invocation)
    let plan = assignment.plan
    try workFolders.keep(
      KeptError(
        epoch: assignment.token.epoch, phase: assignment.phase.rawValue,
        attempt: assignment.attempt, bytes: ending.errorTail),
      of: plan.id.description, root: plan.definition.root.description)
    return try outcome(of: ending, in: assignment.phase)
  }

  /// The command, with a relative path of the program taken from the folder of the plan file.
  private var command: [String] {
    let name = program.command[0]
    guard name.contains("/"), !name.hasPrefix("/") else { return program.command }
    return ["\(fileFolder)/\(name)"] + program.command.dropFirst()
  }

  private func outcome(of ending: ProgramEnding, in phase: PlanPhase) throws -> HandlerOutcome {
    let name = program.command[0]
    switch ending.reason {
    case .exited(0):
      do {
        return try ProgramOutput.outcome(of: ending.output, in: phase, actions: actions)
      } catch {
        return try failure(
          "invalidOutput", "'\(name)': \(error.description)", ending, isRetryable: false)
      }
    case .exited(let code):
      // In sysexits.h, 64…74 are permanent errors; 75 is EX_TEMPFAIL.
      return try failure(
        "exit-\(code)", "'\(name)' exited with \(code)", ending,
        isRetryable: !(64...74).contains(code))
    case .signalled(let signal):
      return try failure(
        "signal-\(signal)", "'\(name)' was ended by signal \(signal)", ending, isRetryable: true)
    case .timedOut:
      let timeout = program.timeout.formatted(.units(allowed: [.seconds, .milliseconds]))
      return try failure(
        "timedOut", "'\(name)' was ended after its timeout of \(timeout)", ending,
        isRetryable: true)
    case .outputTooLarge:
      return try failure(
        "outputTooLarge", "'\(name)' wrote more than 16 MiB to its standard output", ending,
        isRetryable: false)
    case .couldNotStart(let error):
      return try failure(
        "couldNotStart", error.description, ending, isRetryable: error.isTemporary)
    case .cancelled:
      throw CancellationError()
    }
  }

  /// A failure whose message ends with the last part of the program's standard error.
  private func failure(
    _ code: String, _ sentence: String, _ ending: ProgramEnding, isRetryable: Bool
  ) throws -> HandlerOutcome {
    let end = ending.errorTail.suffix(Self.errorBytesOfMessage)
    let tail = String(decoding: end, as: UTF8.self)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    return .fail(
      try Plan.Failure(
        code: try Key(code), message: tail.isEmpty ? sentence : "\(sentence): \(tail)",
        isRetryable: isRetryable))
  }

  private func environment(of assignment: Assignment) throws -> [String: String] {
    let plan = assignment.plan
    var variables = ProgramEnvironment.inherited(inherited)
    variables.merge(ProgramEnvironment.variables(of: assignment.arguments)) { $1 }
    variables["PLANWRIGHT_PLAN"] = plan.id.description
    variables["PLANWRIGHT_PHASE"] = assignment.phase.rawValue
    variables["PLANWRIGHT_ATTEMPT"] = String(assignment.attempt)
    variables["PLANWRIGHT_FILE_DIR"] = fileFolder
    variables["PLANWRIGHT_WORKDIR"] = try workFolders.scratch(
      root: plan.definition.root.description)
    // After a revert the plan keeps its round, but the assignment has no children.
    let round = assignment.children.isEmpty ? nil : plan.progress.round
    variables["PLANWRIGHT_ROUND"] = String(round?.number ?? 0)
    variables["PLANWRIGHT_CHILDREN_TOTAL"] = String(assignment.children.count)
    variables["PLANWRIGHT_CHILDREN_SUCCEEDED"] = String(
      assignment.children.count { $0.hasSucceeded })
    return variables
  }

  /// The JSON document on the program's standard input.
  static func document(of assignment: Assignment) -> JSONValue {
    let plan = assignment.plan
    var document: [JSONObject.Member] = [
      ("plan", .string(plan.id.description)),
      ("root", .string(plan.definition.root.description)),
      ("action", .string(plan.definition.action.name.description)),
      ("phase", .string(assignment.phase.rawValue)),
      ("attempt", .integer(Int64(assignment.attempt))),
      ("epoch", .integer(Int64(assignment.token.epoch))),
      ("description", .string(plan.definition.description)),
      ("definitionOfDone", .string(plan.definition.definitionOfDone)),
      ("invariants", .array(plan.definition.action.invariants.map { .string($0) })),
      ("arguments", .object(assignment.arguments)),
      ("results", results(of: assignment.result)),
      ("children", .array(assignment.children.map(child))),
    ]
    if let position = plan.definition.position {
      document += [
        ("key", .string(position.key.description)),
        ("parent", .string(position.parent.description)),
      ]
    }
    if let checkpoint = assignment.checkpoint {
      document.append(
        ("checkpoint", ["step": .string(checkpoint.step.description), "data": checkpoint.data]))
    }
    if let reason = assignment.lastRevert { document.append(("lastRevert", .string(reason))) }
    if let failure = plan.progress.failure { document.append(("lastFailure", failure.json)) }
    return .object(document)
  }

  private static func child(_ child: ChildOutcome) -> JSONValue {
    [
      "key": .string(child.key.description), "plan": .string(child.id.description),
      "status": .string(child.status.description), "succeeded": .bool(child.hasSucceeded),
      "results": results(of: child.result), "failure": child.failure?.json ?? .null,
    ]
  }

  private static func results(of result: (PlanPhase) -> JSONValue?) -> JSONValue {
    .object(
      PlanPhase.allCases.compactMap { phase in result(phase).map { (phase.rawValue, $0) } })
  }
}

extension Plan.Failure {
  /// The failure in the document of a program.
  fileprivate var json: JSONValue {
    [
      "code": .string(code.description), "message": .string(message), "detail": detail ?? .null,
    ]
  }
}
