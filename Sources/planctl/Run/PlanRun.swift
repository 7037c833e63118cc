import Foundation
import Planwright

/// The execution of one root plan and its descendants by a worker.
struct PlanRun: Sendable {
  let root: Plan.ID
  /// The lock of the work folder, which this run has alone.
  let use: WorkFolderUse
  let system: PlanSystem
  let folders: WorkFolders
  let file: PlanFile
  let options: WorkerOptions
  let context: CommandContext

  /// Runs the plan until it ends, waits for an operator, or is interrupted.
  func run(_ interrupts: Interrupts) async throws -> CommandResult {
    // Before the store is closed: no program is left when another process continues the plan.
    defer { use.end() }
    let display = RunDisplay(root: root, context)
    let worker = try worker(display)
    interrupts.replaceCall { [console = context.console] in
      let running = display.running
      worker.stop()
      display.finish()
      console.error(Self.answer(to: running))
    }
    let running = Task { try await worker.run() }
    let standing: TreeStanding?
    do {
      standing = try await firstStanding(worker, running, display)
      try await running.value
    } catch {
      _ = await running.result
      display.finish()
      throw error
    }
    display.finish()
    return try await conclude(standing, interrupts.received, display.elapsed)
  }

  private static func answer(to running: [String]) -> String {
    let names = running.prefix(5).joined(separator: ", ") + (running.count > 5 ? ", …" : "")
    let what =
      running.isEmpty
      ? "no program is running"
      : "waiting for the programs of \(names) to end, at most 10 seconds; Ctrl-C again ends "
        + "planctl at once, and them within 5 seconds"
    return "\ninterrupted: \(what)\n".escapedLines
  }

  private func worker(_ display: RunDisplay) throws -> PlanWorker {
    let reaper = use.reaper
    let actions = Dictionary(file.actions.map { ($0.name, $0) }) { $1 }
    let inherited = context.environment
    let handlers = try file.requiredPrograms().mapValues { (program) -> PlanHandler in
      let handler = ProgramHandler(
        program: program, fileFolder: file.folder, actions: actions, workFolders: folders,
        inherited: inherited)
      return { assignment, _ in try await handler.handle(assignment, reaper) }
    }
    return system.worker(
      named: RunCommand.name, handlers: handlers, options: options,
      // The errors are planctl's own, and the store is the user's.
      redaction: .disabled,
      report: display.report,
      // The programs of other trees run in folders that this process has not locked.
      accepts: { [root] plan in plan.definition.root == root })
  }

  /// Waits until the tree stands still and stops the worker; nil when it was stopped before.
  private func firstStanding(
    _ worker: PlanWorker, _ running: Task<Void, any Error>, _ display: RunDisplay
  ) async throws -> TreeStanding? {
    try await withThrowingTaskGroup(of: TreeStanding?.self) { group in
      defer {
        // The group waits for the worker.
        worker.stop()
        group.cancelAll()
      }
      group.addTask {
        try await running.value
        return nil
      }
      group.addTask { try await waitForRoot() }
      group.addTask { try await watch(display) }
      return try await group.next() ?? nil
    }
  }

  /// Returns when the root is settled: no more automatic transition follows.
  private func waitForRoot() async throws -> TreeStanding? {
    var (cursor, isSettled) = try await system.plans.read { snapshot in
      (try snapshot.latestCursor(), try snapshot.plan(root).status.isSettled)
    }
    while !isSettled {
      do {
        for try await change in system.plans.changes(after: cursor)
        where change.event.plan == root && change.event.to.isSettled {
          isSettled = try await self.isSettled()
          if isSettled { break }
        }
        if !isSettled { return nil }
      } catch let error as PlanError {
        // Another process has purged trees: the event of the end may be one that was not read.
        guard let next = error.resumeAt else { throw error }
        isSettled = try await self.isSettled()
        cursor = next
      }
    }
    return .settled
  }

  private func isSettled() async throws -> Bool {
    try await system.plans.read { try $0.plan(root).status.isSettled }
  }

  /// Shows the progress; returns when no plan of the tree can move without an operator.
  private func watch(_ display: RunDisplay) async throws -> TreeStanding? {
    let served = Set(try file.requiredPrograms().keys)
    var idle = 0
    while true {
      let (plan, children) = try await system.plans.read { snapshot in
        (try snapshot.plan(root), try snapshot.counts(in: .children(root)))
      }
      display.show(plan, children)
      idle = display.running.isEmpty ? idle + 1 : 0
      // Not at each look: it reads the plans that are queued.
      if idle % 10 == 2 {
        let standing = try await system.plans.read { snapshot in
          try TreeStanding(of: root, served: served, in: snapshot)
        }
        switch standing {
        case .moves, .settled: break
        case .waitsForApproval, .isUnserved: return standing
        }
      }
      try await Task.sleep(for: .milliseconds(200))
    }
  }

  /// Says how the run ended.
  private func conclude(
    _ standing: TreeStanding?, _ signal: Int32?, _ elapsed: String
  ) async throws -> CommandResult {
    let (plan, leases) = try await system.plans.read { snapshot in
      let filter = PlanFilter(state: .processing, root: self.root)
      let page = try snapshot.plans(matching: PlanQuery(filter, limit: PageLimit(5)))
      return (try snapshot.plan(self.root), page.rows.map(\.displayName))
    }
    let conclusion = RunConclusion(
      plan: plan, elapsed: elapsed, location: system.location, isDurable: system.isDurable)
    var result = conclusion.result(standing, signal, leases: leases)
    let root = root.description
    if !system.isDurable {
      result.whenPrinted = { [folders] in _ = folders.remove(root: root) }
    } else if plan.isFinal {
      result.whenPrinted = { [folders] in _ = folders.finish(root: root) }
    }
    return result
  }
}
