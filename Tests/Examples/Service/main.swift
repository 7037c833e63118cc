// A service: works on plans until it gets SIGTERM, then gives handlers time to finish and exits.
// What they do not finish is queued again, for the next start or another process.
import Dispatch
import Foundation
import Planwright

struct Errand: Codable { let what: String }

/// Prints a line at once, also into a pipe.
@Sendable func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

guard CommandLine.arguments.count == 2 else {
  FileHandle.standardError.write(Data("usage: service-example FILE\n".utf8))
  exit(64)
}
let errand = try TypedAction("local/errand", taking: Errand.self, description: "Errand: {what}")
  .execute { run in
    say("working on \(run.arguments.what)")
    try await Task.sleep(for: .seconds(3600))  // cancelled after the grace time
  }

let system = try PlanSystem.open(.sqlite(at: CommandLine.arguments[1]))
try await system.register([errand])
let worker = try system.worker(
  named: "service", actions: [errand], options: WorkerOptions(grace: .milliseconds(100)))

signal(SIGTERM, SIG_IGN)  // or the process would end at once
let terminations = DispatchSource.makeSignalSource(signal: SIGTERM, queue: .main)
terminations.setEventHandler { worker.stop() }
terminations.activate()

say("ready")
try await worker.run()
try system.close()
say("stopped")
