import Observation
import Planwright

/// The model of the app: its list, the commands of the user, and its life in the background.
@MainActor @Observable
final class UploadsModel {
  /// The uploads, as the store has them: a command shows there once it is committed.
  let list: UploadList
  /// What failed since the beginning of the latest command, for people.
  private(set) var problem: String?

  private let system: PlanSystem
  private let upload: TypedAction<Upload, NoValue>
  private let keepFinished: Duration
  @ObservationIgnored private var transition: Task<Void, Never>?

  /// Creates a model on a store, which has the action from then on.
  ///
  /// Finished uploads are removed after a time. Throws `StorageError`.
  init(
    system: PlanSystem, server: UploadServer, keepFinished: Duration = .seconds(7 * 86_400)
  ) async throws {
    self.system = system
    self.keepFinished = keepFinished
    upload = try server.action()
    try await system.register([upload])  // here, so that no command comes before it
    list = UploadList(plans: system.plans, action: upload.definition.name)
  }

  /// Works and follows the store until the task is cancelled; for the `task` of the first view.
  ///
  /// Uploads that the app did not finish the last time go on.
  func run() async {
    await attempt {
      let (removals, removal) = AsyncStream<Void>.makeStream()
      // The lease of an app that was killed keeps its uploads for ten seconds more.
      let worker = try system.worker(
        named: "app", actions: [upload],
        options: WorkerOptions(
          concurrency: 2, leaseFor: .seconds(10), grace: .zero, keepFinished: keepFinished)
      ) { if case .purged = $0 { removal.yield() } }
      try await worker.run { @MainActor [list] in
        async let _: Void = list.follow()
        // A removal is no change of a plan, so the feed does not tell of it.
        for await _ in removals { try await list.load() }
      }
    }
  }

  // The commands of the user. Each is one unit of work; a command about a row that has changed in
  // the meantime is refused.

  func add(_ file: String) async {
    problem = nil
    await attempt { _ = try await system.plans.use(upload, arguments: Upload(file: file)) }
  }

  func publish(_ row: UploadRow) async {
    await command { try $0.advance(row.id, by: "user", ifVersion: row.version) }
  }

  func retry(_ row: UploadRow) async {
    await command { try $0.retry(row.id, by: "user", ifVersion: row.version) }
  }

  func cancel(_ row: UploadRow) async {
    await command { try $0.cancel(row.id, reason: "not wanted any more", by: "user") }
  }

  private func command(
    _ body: @escaping @Sendable (borrowing PlanTransaction) throws -> Plan
  ) async {
    problem = nil
    await attempt { try await system.plans.write { _ = try body($0) } }
  }

  private func attempt(_ body: () async throws -> Void) async {
    do { try await body() } catch is CancellationError {
      // The app ends, or the view has gone.
    } catch {
      problem = "\(error)"
    }
  }
}

// The app in the background.
extension UploadsModel {
  /// Closes the store when the app enters the background, and opens it before it is active again.
  ///
  /// In between, the app holds no file and no lock; commands, the list and the worker wait. Changes
  /// take effect in the order of the calls. Await the task inside a background task of the system.
  @discardableResult
  func setActive(_ isActive: Bool) -> Task<Void, Never> {
    let next = Task { [system, transition] in
      await transition?.value
      await attempt {
        if isActive { try await system.resume() } else { try await system.suspend(calls: .wait) }
      }
    }
    transition = next
    return next
  }
}
