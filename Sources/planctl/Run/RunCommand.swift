import Foundation
import Planwright

/// `planctl run`: makes a plan of a file's action and works on it until it has ended.
struct RunCommand {
  static let help = """
    Usage: planctl run FILE.json [--arg NAME=VALUE]... [--action NAME]
                       [--store LOCATION] [--concurrency N]

    Makes a plan of the first action in FILE.json, or of the one that is named, and runs it to
    its end with the programs that the file gives for its actors. Progress goes to standard
    error, the result of the last phase to standard output.

      --arg NAME=VALUE   an argument of the action; texts as they are, other types as JSON
      --action NAME      the action to run; the first one in the file when not given
      --store LOCATION   memory: (private) or memory:NAME; nothing in memory outlives the run
      --concurrency N    how many programs run at a time, 1 to 256 (default 4)

    Exit status: 0 the plan succeeded; 1 it did not; 2 the command or the file is wrong;
    130 or 143 it was interrupted.

    """

  let options: RunOptions
  let console: Console

  /// Runs the plan; the exit status.
  func run() async throws -> Int32 {
    let file = try PlanFile(path: options.file)
    let action = try action(in: file)
    let arguments = try GivenArguments(pairs: options.arguments).values(for: action)
    let worker = try WorkerOptions(
      concurrency: options.concurrency, grace: .zero, cancelGrace: .seconds(10))
    let system = try PlanSystem.open(try StorageBackend(location: options.store))
    defer { try? system.close() }
    let root = try await system.plans.write { work in
      for action in file.actions { try work.register(action) }
      return try work.use(PlanUse(action: action.name, arguments: arguments))
    }
    console.error("\(action.name) \(root.id)\n")
    return try await Run(
      root: root.id, system: system, file: file, options: worker, console: console
    ).run()
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
  let file: PlanFile
  let options: WorkerOptions
  let console: Console
  let folders = WorkFolders.temporary

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
    let environment = ProcessInfo.processInfo.environment
    return file.programs.mapValues { program in
      let handler = ProgramHandler(
        program: program, fileFolder: folder, workFolders: folders, inherited: environment)
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
    // Nothing in memory can be continued: what the programs left for each other is of no use.
    if let error = folders.remove(root: root.description) { console.error("\(error)\n") }
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
        The plan was kept in \(system.location), which ends with this process: the same command
        starts it anew.

        """)
      return 128 + signal
    }
    let why = plan.progress.failure.map { ": \($0.message)" } ?? ""
    let waits = plan.status.state == .complete ? ", where its automation stops" : ""
    console.error("The plan ended at \(plan.status)\(waits) after \(elapsed)\(why)\n")
    return 1
  }
}

extension PlanWork {
  /// Makes sure that the store has the action as the file defines it.
  fileprivate func register(_ definition: ActionDefinition) throws {
    do { try createAction(definition) } catch PlanError.actionAlreadyExists {
      let stored = try action(definition.name)
      if stored.definition != definition {
        try updateAction(definition, ifVersion: stored.version)
      }
    }
  }
}
