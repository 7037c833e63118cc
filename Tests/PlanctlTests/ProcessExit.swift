import Foundation

/// The exit status of a process, awaited without a thread.
final class ProcessExit: Sendable {
  private let statuses: AsyncStream<Int32>

  /// Starts the process.
  init(of process: Process) throws {
    let (statuses, end) = AsyncStream.makeStream(of: Int32.self)
    self.statuses = statuses
    process.terminationHandler = { process in
      end.yield(process.terminationStatus)
      end.finish()
    }
    try process.run()
  }

  /// Its status, once it has ended; asked for once.
  var status: Int32? {
    get async { await statuses.first { _ in true } }
  }
}
