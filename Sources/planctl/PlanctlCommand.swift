import Foundation
import Planwright

/// The command-line tool.
@main
struct PlanctlCommand {
  static let help = """
    Usage: planctl COMMAND

    Runs plans whose actors are programs.

      run FILE.json           run an action of a plan file to its end
      store verify LOCATION   look through a store for what does not fit together
      help                    show this text; 'planctl run --help' and 'planctl store --help'
                              tell more

    """

  static func main() async {
    // Who closes a pipe that we write to gets no more of it; that is no reason to die.
    signal(SIGPIPE, SIG_IGN)
    exit(await run(Array(CommandLine.arguments.dropFirst()), .standard))
  }

  /// Carries a command line out; the exit status.
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
        throw UsageError("there is no command '\(word)'; planctl help lists them")
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
