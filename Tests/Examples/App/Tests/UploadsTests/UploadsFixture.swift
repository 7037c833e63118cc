import Foundation
import Observation
import Planwright

@testable import Uploads

/// A model on a store in a file, with a server that the test directs.
@MainActor
final class UploadsFixture {
  let system: PlanSystem
  let server = TestServer()
  let model: UploadsModel
  private let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
  private var running: Task<Void, Never>?

  init(keepFinished: Duration = .seconds(86_400)) async throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    system = try PlanSystem.open(.sqlite(at: folder.appending(path: "plans").path))
    model = try await UploadsModel(
      system: system, server: server.uploads, keepFinished: keepFinished)
  }

  isolated deinit {
    running?.cancel()
    try? system.close()
    try? FileManager.default.removeItem(at: folder)
  }

  var rows: [UploadRow] { model.list.rows }

  /// Starts what the first view would start.
  func start() { running = Task { [model] in await model.run() } }

  /// Ends it, as the end of the app would.
  func stop() async {
    running?.cancel()
    await running?.value
  }

  /// Waits until the condition holds, without asking again before something that it read changed.
  func wait(until condition: () -> Bool) async {
    while true {
      let (changes, change) = AsyncStream<Void>.makeStream()
      let holds = withObservationTracking(condition) { change.finish() }
      if holds { return }
      for await _ in changes {}
    }
  }

  /// Waits until the only row has this status, and returns it.
  func row(_ status: PlanStatus) async -> UploadRow {
    await wait { self.rows.count == 1 && self.rows[0].status == status }
    return rows[0]
  }

  /// Removes the file of the store, as a user or the system might.
  func removeStore() throws {
    try FileManager.default.removeItem(at: folder.appending(path: "plans"))
  }

  /// The files of the store that exist.
  var files: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
  }
}

/// A server whose calls fail, or wait for the test.
actor TestServer {
  private(set) var sent: [String] = []
  private(set) var published: [String] = []
  private var failures = 0
  private var gate: AsyncStream<Void>?
  private let (begins, begin) = AsyncStream<String>.makeStream()
  private let (ends, end) = AsyncStream<String>.makeStream()

  nonisolated var uploads: UploadServer {
    UploadServer(
      send: { try await self.send($0) }, publish: { await self.publish($0) })
  }

  /// Makes the next calls of `send` fail.
  func failNext(_ count: Int) { failures = count }

  /// Makes the calls of `send` wait; returns what lets them go on when it is finished.
  func hold() -> AsyncStream<Void>.Continuation {
    let (stream, release) = AsyncStream<Void>.makeStream()
    gate = stream
    return release
  }

  /// Waits until a call of `send` begins, and returns its file.
  func nextBegin() async -> String? { await begins.first { _ in true } }

  /// Waits until a call of `send` ends without an error, and returns its file.
  func nextEnd() async -> String? { await ends.first { _ in true } }

  private func send(_ file: String) async throws -> String {
    begin.yield(file)
    if let gate { for await _ in gate {} }
    try Task.checkCancellation()
    if failures > 0 {
      failures -= 1
      throw UploadRefused(reason: "too large")
    }
    sent.append(file)
    end.yield(file)
    return "draft of \(file)"
  }

  private func publish(_ draft: String) { published.append(draft) }
}
