import Foundation
import Planwright

/// `planctl worker`: carries out the plans of a store with the programs of plan files.
struct WorkerCommand: Command {
  static let specification = CommandSpecification(
    name: "worker",
    summary: "carry out the plans of a store with the programs of plan files",
    details: """
      Serves the actors of the files, for all plans of the store, until it is interrupted. Several \
      workers can serve one store. It leaves the plans of a 'planctl run' to that. A plan is only \
      ever played by the program that it was created with: after a change of the program, --accept \
      names the actor in the store and the program that plays it from now on. With --json each \
      event is one line.
      """,
    options: [
      .init("--actors", "FILE", repeats: true, "a plan file with programs; - is standard input"),
      .init(
        "--accept", "NAME@DIGEST=PROGRAM", repeats: true,
        "also play this actor of the store; PROGRAM is an actor of the file, or a path"),
      .init(
        "--concurrency", "N", "how many programs run at the same time, 1 to 256 (default: 4)"),
      .init(
        "--keep", "AGE",
        "remove trees of plans that ended longer ago, as in 12h (default: 30d, and with --store or "
          + "PLANWRIGHT_STORE all are kept)"),
      .init("--until-idle", "end when no plan of these actors is being processed or ready"),
      CommandSpecification.store,
    ],
    examples: [
      ("planctl worker --actors backup.json", "carry out the plans of 'planctl use'"),
      ("planctl worker --actors backup.json --until-idle", "carry out what is there, then end"),
      (
        "planctl worker --actors backup.json --accept copy@84fbc02d41e3a8a7=copy",
        "let today's program play the plans of an earlier one"
      ),
    ])

  private let words: CommandWords
  private let concurrency: Int
  /// How long trees that have ended are kept; nil for the default.
  private let keep: Duration?

  init(_ words: CommandWords) throws {
    self.words = words
    concurrency = try words.number("--concurrency", in: 1...256) ?? 4
    keep = try words.age("--keep")
  }

  func run(_ context: CommandContext) async throws -> CommandResult {
    let programs = try WorkerPrograms(words)
    let location = try StoreLocation(words, context)
    // Short leases: after a kill, another worker can soon take the plans over.
    let options = try WorkerOptions(
      concurrency: concurrency, leaseFor: .seconds(15), grace: .seconds(10),
      cancelGrace: .seconds(10),
      keepFinished: keep ?? (location.isDefault ? RunRetention.standard : nil))
    return try await location.withExisting { system in
      try await run(system, programs, options, context)
    }
  }

  private func run(
    _ system: PlanSystem, _ programs: WorkerPrograms, _ options: WorkerOptions,
    _ context: CommandContext
  ) async throws -> CommandResult {
    for actor in try await system.plans.read({ try programs.unusedAccepted(in: $0) }) {
      context.console.error(
        "note: no plan that goes on has the actor '\(actor)' of --accept; 'planctl doctor' names the "
          + "actors that plans wait for\n")
    }
    let folders = try await WorkFolders(of: system)
    if let error = folders.accessError { throw error }
    let display = WorkerDisplay(programs, folders, context)
    let removal = FolderRemoval(folders, of: system)
    let worker = system.worker(
      named: RunCommand.name,
      handlers: programs.handlers(folders, environment: context.environment), options: options,
      // The errors are planctl's own, and the store is the user's.
      redaction: .disabled,
      report: { report in
        display.report(report)
        if case .purged = report { removal.request() }
      },
      accepts: { folders.canShare(root: $0.definition.root.description) })
    let interrupts = Interrupts { [console = context.console] in
      worker.stop()
      console.error(display.answerToInterrupt)
    }
    defer { interrupts.end() }
    display.ready()
    let isFinite = words.has("--until-idle")
    var unserved: [ActorName] = []
    do {
      if isFinite {
        let idleness = WorkerIdleness(programs: programs, folders: folders, now: context.now)
        unserved = try await worker.run { try await idleness.wait(for: system, display) }
      } else {
        try await worker.run()
      }
    } catch {
      await removal.end()
      throw error
    }
    await removal.end()
    if let error = display.outputError { throw error }
    var result = CommandResult(
      status: interrupts.received.map { .interrupted(signal: $0) } ?? .done,
      data: display.totals)
    result.messages = unserved.filter { programs.namesake(of: $0) != nil }
      .map { programs.advice(on: $0) }
    result.messages.append(display.summary)
    return result
  }
}

extension WorkerPrograms {
  /// What to do about plans of an actor that this worker does not serve.
  func advice(on actor: ActorName) -> String {
    guard let namesake = namesake(of: actor) else {
      return "plans are ready for the actor '\(actor)', which this worker does not serve"
    }
    return """
      plans are ready for the actor '\(actor)', whose program has changed since they were created, \
      or belongs to another file; '--accept \(actor)=\(namesake.nameInFile)' plays it with the \
      program of this file
      """
  }
}
