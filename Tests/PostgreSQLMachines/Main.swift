import Foundation
import TestSupport

/// Machines that share a store on a PostgreSQL server, while links, machines and servers fail.
///
///     swift run postgresql-machines [--plans N] [--restarts N] [--promote] [--clocks] [--seed N]
///
/// Each machine is a process with a pool of its own, 64 slots and a reader of the feed, and reaches
/// the server through a link that is cut, frozen and slowed. In the end every plan must have its
/// result, no attempt may overlap a valid lease, and each reader must have each event once and in
/// order. With `--promote` a synchronous standby takes over in the middle; with `--clocks` the clocks
/// of the machines are an hour apart.
@main
struct Main {
  static func main() async {
    let words = Array(CommandLine.arguments.dropFirst())
    do {
      if words.first == "machine" {
        try await Machine(Array(words.dropFirst())).run()
      } else {
        try await MachineRounds(words).run()
      }
    } catch {
      print("FAILED: \(error)")
      exit(1)
    }
  }
}
