import Dispatch
import Foundation
import Planwright

/// The command: serves and works until it gets SIGTERM or SIGINT, and stops in good order.
@main
struct ServiceCommand {
  static func main() async {
    let words = CommandLine.arguments
    guard words.count == 3 else {
      print("usage: service STORE SOCKET", to: .standardError)
      exit(64)
    }
    signal(SIGPIPE, SIG_IGN)  // a client that has gone is an error of its connection
    let running = Task { try await run(store: words[1], socket: UnixSocket(path: words[2])) }
    let signals = [SIGTERM, SIGINT].map { number in
      signal(number, SIG_IGN)  // or the process would end at once
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { @Sendable in running.cancel() }
      source.activate()
      return source
    }
    defer { for source in signals { source.cancel() } }
    do {
      try await running.value
      print("stopped")
    } catch {
      print("\(error)", to: .standardError)
      exit(1)
    }
  }

  private static func run(store: String, socket: UnixSocket) async throws {
    let system = try PlanSystem.open(.sqlite(at: store))
    defer { try? system.close() }
    let job = try Job.action()
    try await system.register([job])
    // A worker that stops claims nothing more; what is not finished within the grace is queued
    // again, for the next start or for another process with this store.
    let worker = try system.worker(
      named: "service", actions: [job],
      options: WorkerOptions(grace: .seconds(1), keepFinished: .seconds(30 * 86_400)))
    let server = Server(handler: RequestHandler(plans: system.plans, job: job))
    let connections = try socket.connections()
    print("ready")
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await worker.run() }
      group.addTask { await server.run(connections) }
      try await group.next()  // whichever ends first ends the other
      group.cancelAll()
      try await group.waitForAll()
    }
  }

  /// Prints a line at once, also into a pipe.
  private static func print(_ line: String, to file: FileHandle = .standardOutput) {
    file.write(Data((line + "\n").utf8))
  }
}
