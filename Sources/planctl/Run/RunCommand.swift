import Foundation
import Planwright

/// `planctl run`: creates a plan from an action of a plan file and runs it until it ends.
struct RunCommand {
  static let help = """
    Usage: planctl run FILE.json [--arg NAME=VALUE]... [--action NAME]
                       [--store LOCATION] [--concurrency N]

    Creates a plan from an action in FILE.json and runs it to its end with the programs that the
    file assigns to the actors. Writes progress to standard error and the result of the last
    phase to standard output. After an interrupt or a kill, the same command continues the run;
    finished plans do not run again.

      --arg NAME=VALUE   an argument of the action; a string is taken literally, an integer,
                         number, boolean, list or object is JSON
      --action NAME      the action to run (default: the first one in the file)
      --store LOCATION   the store of the run: sqlite:FILE, or memory: or memory:NAME, which
                         keep nothing after the run (default: a separate file for the run in
                         the user's data directory)
      --concurrency N    how many programs run at the same time, 1 to 256 (default: 4)

    Exit status: 0 the plan succeeded; 1 the plan did not succeed; 2 the command or the file is
    invalid; 130 or 143 the run was interrupted.

    """

  /// The creator of the plans (`createdBy`).
  static let name = "planctl"

  let options: RunOptions
  let console: Console
  let environment: [String: String]

  /// Runs the plan and returns the exit status.
  func run() async throws -> Int32 {
    let file = try PlanFile(path: options.file)
    let action = try action(in: file)
    let given = try GivenArguments(pairs: options.arguments).values(for: action)
    let arguments = try action.arguments.resolve(given)
    // A short lease: after a kill, another run can soon claim the plans.
    let worker = try WorkerOptions(
      concurrency: options.concurrency, leaseFor: .seconds(15), grace: .zero,
      cancelGrace: .seconds(10))
    let store =
      try options.store.map { try RunStore(location: $0, environment: environment) }
      ?? RunStore(
        for: action.name, arguments: arguments, file: file.path, environment: environment)
    let system = try store.open()
    let isOwn = store.ownFile != nil
    let (root, isContinued) = try await system.plans.write { transaction in
      for action in file.actions { try transaction.register(action) }
      let unfinished = try transaction.unfinishedPlan(of: action.name, arguments)
      let plan =
        try unfinished
        ?? transaction.use(PlanUse(action: action.name, arguments: given, createdBy: Self.name))
      if isOwn { try transaction.takeOver(plan.id) }
      return (plan, unfinished != nil)
    }
    console.error(
      "\(action.name) \(root.id)\(isContinued ? ", continued at \(root.status)" : "")\n")
    let run = Run(
      root: root.id, system: system, store: store, file: file, options: worker, console: console,
      environment: environment)
    let status: Int32
    do { status = try await run.run() } catch {
      try? system.close()
      throw error
    }
    try system.close()
    if status == 0 { store.discard() }
    return status
  }

  private func action(in file: PlanFile) throws -> ActionDefinition {
    guard let name = options.action else { return file.actions[0] }
    let wanted = try ActionName(name)
    guard let action = file.actions.first(where: { $0.name == wanted }) else {
      throw UsageError("--action: there is no action '\(wanted)' in \(file.path)")
    }
    return action
  }
}

/// The execution of one root plan and its descendants by a worker.
private struct Run: Sendable {
  let root: Plan.ID
  let system: PlanSystem
  let store: RunStore
  let file: PlanFile
  let options: WorkerOptions
  let console: Console
  let environment: [String: String]

  func run() async throws -> Int32 {
    let display = RunDisplay(
      root: root, isTerminal: isatty(STDERR_FILENO) == 1, write: console.error)
    let worker = system.worker(
      named: "planctl", handlers: handlers, options: options,
      // The errors are planctl's own, and the store is the user's.
      redaction: .disabled, report: display.report)
    let interrupts = Interrupts { worker.stop() }
    defer { interrupts.end() }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await worker.run() }
      group.addTask {
        try await waitForEnd()
        worker.stop()
      }
      group.addTask { await refresh(display) }
      // The worker returns after the plan has ended or the run was interrupted.
      try await group.next()
      while !group.isEmpty, interrupts.received == nil, try await !isSettled() {
        try await group.next()
      }
      worker.stop()
      group.cancelAll()
    }
    display.finish()
    let plan = try await system.plans.read { try $0.plan(root) }
    return conclude(plan, interrupts.received, display.elapsed)
  }

  private var handlers: [ActorName: PlanHandler] {
    let folder = URL(fileURLWithPath: file.path).deletingLastPathComponent().path
    return file.programs.mapValues { program in
      let handler = ProgramHandler(
        program: program, fileFolder: folder, workFolders: store.folders, inherited: environment)
      return { assignment, _ in try await handler.handle(assignment) }
    }
  }

  private func isSettled() async throws -> Bool {
    try await system.plans.read { try $0.plan(root).status.isSettled }
  }

  /// Returns when the root is settled: no more automatic transition follows.
  private func waitForEnd() async throws {
    var cursor = EventCursor.start
    while true {
      do {
        for try await change in system.plans.changes(after: cursor)
        where change.event.plan == root {
          if change.event.to.isSettled, try await isSettled() { return }
        }
        return
      } catch let error as PlanError {
        // Another process has purged trees: the event of the end may be one that was not read.
        guard let next = error.resumeAt else { throw error }
        if try await isSettled() { return }
        cursor = next
      }
    }
  }

  private func refresh(_ display: RunDisplay) async {
    while !Task.isCancelled {
      if let plan = try? await system.plans.read({ try $0.plan(root) }) { display.show(plan) }
      try? await Task.sleep(for: .milliseconds(200))
    }
  }

  /// Prints how the run ended and returns the exit status.
  private func conclude(_ plan: Plan, _ signal: Int32?, _ elapsed: String) -> Int32 {
    let isKept = system.isDurable
    // A run that can be continued keeps its scratch folder.
    if plan.status.isSettled || !isKept,
      let error = store.folders.remove(root: root.description)
    {
      console.error("\(error)\n")
    }
    if plan.hasSucceeded {
      console.error("\(plan.status) after \(elapsed)\n")
      if let result = plan.progress.result(of: plan.status.phase), result != .null {
        console.output(result.pretty() + "\n")
      }
      return 0
    }
    if let signal, !plan.status.isSettled {
      console.error(
        """
        Interrupted at \(plan.status); the leases were released.
        The plan is stored in \(system.location)\(isKept ? "" : ", which ends with this process"). \
        Run the same command to \(isKept ? "continue it" : "start again").

        """)
      return 128 + signal
    }
    let why = plan.progress.failure.map { ": \($0.message)" } ?? ""
    let stop = plan.status.state == .complete ? ", where its automation stops" : ""
    console.error("The plan ended at \(plan.status)\(stop) after \(elapsed)\(why)\n")
    return 1
  }
}
