import Foundation
import Planwright

/// The command-line tool: reads the command and runs it.
@main
struct PlanctlCommand {
  static let help = """
    Usage: planctl COMMAND

    Runs plans whose actors are programs.

      run FILE.json           create a plan from a plan file and run it to its end
      store verify LOCATION   check a store for inconsistencies
      help                    print this text; 'planctl run --help' and 'planctl store --help'
                              describe the commands

    """

  static func main() async {
    // A write to a closed pipe fails with an error instead of ending the process.
    signal(SIGPIPE, SIG_IGN)
    exit(await run(Array(CommandLine.arguments.dropFirst()), .standard))
  }

  /// Runs a command line and returns the exit status.
  static func run(
    _ words: [String], _ console: Console,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) async -> Int32 {
    let rest = Array(words.dropFirst())
    do {
      switch words.first {
      case nil:
        console.error(help)
        return 2
      case "help", "--help", "-h":
        console.output(help)
        return 0
      case "store":
        if asksForHelp(rest) {
          console.output(StoreCommand.help)
          return 0
        }
        return try StoreCommand(rest, console).run()
      case "run":
        if asksForHelp(rest) {
          console.output(RunCommand.help)
          return 0
        }
        return try await RunCommand(
          options: try RunOptions(rest), console: console, environment: environment
        ).run()
      case let word?:
        throw UsageError("unknown command '\(word)'; 'planctl help' lists the commands")
      }
    } catch {
      console.error("planctl: \(error)\n")
      return error is UsageError || error is FieldError || error is PlanError ? 2 : 1
    }
  }

  private static func asksForHelp(_ words: [String]) -> Bool {
    words.prefix(while: { $0 != "--" }).contains { ["--help", "-h"].contains($0) }
  }
}
