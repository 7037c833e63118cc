import Foundation
import Planwright

/// `planctl run`: creates a plan from an action of a plan file and runs it until it ends.
struct RunCommand: Command {
  static let specification = CommandSpecification(
    name: "run", operands: "FILE.json", operandCount: 1...1,
    summary: "create a plan from a plan file and run it to its end with the file's programs",
    details: """
      Progress goes to standard error, the result of the last phase to standard output. After an \
      interrupt or a kill, the same command continues the run; finished plans do not run again. \
      Without --store each run has a separate file in the user's data directory until it succeeds.
      """,
    options: [
      .init(
        "--arg", "NAME=VALUE", repeats: true,
        "an argument of the action; text as it is, other types as JSON"),
      .init("--action", "NAME", "the action to run (default: the first one of the file)"),
      .init("--store", "LOCATION", "the store: sqlite:FILE, memory: or memory:NAME"),
      .init("--concurrency", "N", "how many programs run at the same time, 1 to 256 (default: 4)"),
    ],
    examples: [("planctl run backup.json --arg directory=/home", "run the file's first action")])

  /// The creator of the plans (`createdBy`).
  static let name = "planctl"

  private let options: RunOptions

  init(_ words: CommandWords) throws { options = try RunOptions(words) }

  func run(_ context: CommandContext) async throws -> CommandResult {
    let (console, environment) = (context.console, context.environment)
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
    let reaper: Reaper
    do {
      reaper = try Reaper(holding: try await lockFolder(of: root.id, in: store.folders, console))
    } catch {
      try? system.close()
      throw error
    }
    let run = Run(
      root: root.id, reaper: reaper, system: system, store: store, file: file, options: worker,
      console: console,
      environment: environment)
    let result: CommandResult
    do { result = try await run.run() } catch {
      reaper.end()
      try? system.close()
      throw error
    }
    // Before the store is closed: no program is left when another process continues the plan.
    reaper.end()
    try system.close()
    if result.status == .done { store.discard() }
    return result
  }

  /// Locks the work folder; waits for the programs of an earlier run, which its reaper ends.
  private func lockFolder(
    of root: Plan.ID, in folders: WorkFolders, _ console: Console
  ) async throws -> Descriptor {
    for attempt in 0..<200 {
      if let lock = try folders.lock(root: root.description) { return lock }
      if attempt == 0 { console.error("waiting for the programs of an earlier run to end\n") }
      try await Task.sleep(for: .milliseconds(50))
    }
    throw CommandError(
      .conflict,
      "another planctl is working on plan \(root); wait for it, or end it with Ctrl-C")
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
  let reaper: Reaper
  let system: PlanSystem
  let store: RunStore
  let file: PlanFile
  let options: WorkerOptions
  let console: Console
  let environment: [String: String]

  func run() async throws -> CommandResult {
    let display = RunDisplay(
      root: root, isTerminal: isatty(STDERR_FILENO) == 1, write: console.error)
    let worker = system.worker(
      named: "planctl", handlers: handlers, options: options,
      // The errors are planctl's own, and the store is the user's.
      redaction: .disabled, report: display.report)
    let interrupts = Interrupts { [console] in
      worker.stop()
      console.error(
        "\ninterrupted: waiting for the running programs to end, at most 10 seconds; "
          + "Ctrl-C again ends them at once\n")
    }
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
        program: program, fileFolder: folder, workFolders: store.folders, reaper: reaper,
        inherited: environment)
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

  /// Says how the run ended.
  private func conclude(_ plan: Plan, _ signal: Int32?, _ elapsed: String) -> CommandResult {
    let isKept = system.isDurable
    var result = CommandResult(data: plan.summary)
    // A run that can be continued keeps its scratch folder.
    if plan.status.isSettled || !isKept,
      let error = store.folders.remove(root: root.description)
    {
      result.messages.append("\(error)")
    }
    if plan.hasSucceeded {
      result.messages.append("\(plan.status) after \(elapsed)")
      if let value = plan.progress.result(of: plan.status.phase), value != .null {
        result.data = value
        result.text = value.pretty() + "\n"
      }
      return result
    }
    if let signal, !plan.status.isSettled {
      result.status = .interrupted(signal: signal)
      result.messages.append(
        """
        Interrupted at \(plan.status); the leases were released.
        The plan is stored in \(system.location)\(isKept ? "" : ", which ends with this process"). \
        Run the same command to \(isKept ? "continue it" : "start again").
        """)
      return result
    }
    let why = plan.progress.failure.map { ": \($0.message)" } ?? ""
    let stop = plan.status.state == .complete ? ", where its automation stops" : ""
    result.status = .failed
    result.messages.append("The plan ended at \(plan.status)\(stop) after \(elapsed)\(why)")
    return result
  }
}
