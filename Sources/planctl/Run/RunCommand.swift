import Foundation
import Planwright

/// `planctl run`: makes a plan of a file's action and works on it until it has ended.
struct RunCommand {
  static let help = """
    Usage: planctl run FILE.json [--arg NAME=VALUE]... [--action NAME]
                       [--store LOCATION] [--concurrency N]

    Makes a plan of the first action in FILE.json, or of the one that is named, and runs it to
    its end with the programs that the file gives for its actors. Progress goes to standard
    error, the result of the last phase to standard output. A run that was interrupted or killed
    is continued by the same command: what is done is not done again.

      --arg NAME=VALUE   an argument of the action: a string as it is; an integer, number,
                         boolean, list or object as JSON
      --action NAME      the action to run; the first one in the file when not given
      --store LOCATION   where the run is kept: sqlite:FILE, or memory: and memory:NAME, which
                         end with the run; a file of the run's own in the user's data
                         directory when not given
      --concurrency N    how many programs run at a time, 1 to 256 (default 4)

    Exit status: 0 the plan succeeded; 1 it did not; 2 the command or the file is wrong;
    130 or 143 it was interrupted.

    """

  /// Who makes the plans.
  static let name = "planctl"

  let options: RunOptions
  let console: Console
  let environment: [String: String]

  /// Runs the plan; the exit status.
  func run() async throws -> Int32 {
    let file = try PlanFile(path: options.file)
    let action = try action(in: file)
    let given = try GivenArguments(pairs: options.arguments).values(for: action)
    let arguments = try action.arguments.resolve(given)
    // Renewed three times as often: whoever goes on after a kill does not wait for long.
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
      let unfinished = try transaction.unfinished(action.name, arguments)
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
      throw UsageError("--action: \(file.path) has no action \(wanted)")
    }
    return action
  }
}

/// One plan on its way.
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
      named: "planctl", handlers: handlers, options: options, report: display.report)
    let interrupts = Interrupts { worker.stop() }
    defer { interrupts.end() }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await worker.run() }
      group.addTask {
        try await waitForEnd()
        worker.stop()
      }
      group.addTask { await watch(display) }
      // The worker returns when the plan has ended, or when it was interrupted.
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

  /// Returns when nothing more will happen to the root by itself.
  private func waitForEnd() async throws {
    for try await change in system.plans.changes(after: .start) where change.event.plan == root {
      if change.event.to.isSettled, try await isSettled() { return }
    }
  }

  private func watch(_ display: RunDisplay) async {
    while !Task.isCancelled {
      if let plan = try? await system.plans.read({ try $0.plan(root) }) { display.show(plan) }
      try? await Task.sleep(for: .milliseconds(200))
    }
  }

  /// Says how the run ended; the exit status.
  private func conclude(_ plan: Plan, _ signal: Int32?, _ elapsed: String) -> Int32 {
    let isKept = system.isDurable
    // What can be continued needs what its programs left for each other.
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
        The plan is kept in \(system.location)\(isKept ? "" : ", which ends with this process"): \
        the same command \(isKept ? "continues it" : "starts it anew").

        """)
      return 128 + signal
    }
    let why = plan.progress.failure.map { ": \($0.message)" } ?? ""
    let waits = plan.status.state == .complete ? ", where its automation stops" : ""
    console.error("The plan ended at \(plan.status)\(waits) after \(elapsed)\(why)\n")
    return 1
  }
}
