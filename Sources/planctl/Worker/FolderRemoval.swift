import Planwright

/// Removes the work folders of trees that a worker has purged, one pass at a time.
///
/// Safe to use from any thread.
struct FolderRemoval: Sendable {
  private let requests: AsyncStream<Void>.Continuation
  private let task: Task<Void, Never>

  /// Removes nothing before the first request.
  init(_ folders: WorkFolders, of system: PlanSystem) {
    // A pass that has not begun yet serves all requests.
    let (stream, requests) = AsyncStream.makeStream(
      of: Void.self, bufferingPolicy: .bufferingNewest(1))
    self.requests = requests
    task = Task {
      // A folder that stays is removed by the next pass.
      for await _ in stream { try? await folders.removeGone(from: system) }
    }
  }

  /// Asks for a pass; does not wait for it.
  func request() { requests.yield() }

  /// Waits for the passes that were asked for.
  func end() async {
    requests.finish()
    await task.value
  }
}
