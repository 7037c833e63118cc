import Foundation
import Planwright

/// The command-line tool: finds the command, carries it out and prints what it returns.
@main
struct PlanctlCommand {
  /// The version of the tool.
  static let version = "0.1"

  static func main() async {
    // A write to a closed pipe fails with an error instead of ending the process.
    signal(SIGPIPE, SIG_IGN)
    do throws(UsageError) { exit(await run(try ProcessArguments.words(), .standard)) } catch {
      Console.standard.error("planctl: \(error)\n")
      exit(ExitStatus.usage.number)
    }
  }

  /// Runs a command line and returns the exit status.
  static func run(
    _ words: [String], _ console: Console,
    environment: [String: String] = ProcessInfo.processInfo.environment,
    now: @escaping @Sendable () -> Timestamp = { Timestamp(date: Date()) }
  ) async -> Int32 {
    let started = now()
    let clock = ContinuousClock.now
    let isJSON = words.prefix { $0 != "--" }.contains("--json")
    let context = CommandContext(
      console: console, environment: environment, now: now, isJSON: isJSON)
    var name = words.first.flatMap { $0.hasPrefix("-") ? nil : $0 } ?? ""
    var result: CommandResult
    do {
      result = try await carryOut(words, context, &name)
    } catch {
      let report = ErrorReport(error)
      result = CommandResult(status: report.status, messages: ["planctl: \(report.text)"])
      if let code = report.code { result.data = ["code": .string(code)] }
    }
    if isJSON {
      let envelope = ResultEnvelope(
        command: name, result: result, started: started, duration: .now - clock)
      return print(envelope.document.printed + "\n", result, console)
    }
    for message in result.messages { console.error(message.escapedLines + "\n") }
    return print(result.text, result, console)
  }

  /// Prints the result; a result that cannot be written is a failure.
  private static func print(_ text: String, _ result: CommandResult, _ console: Console) -> Int32 {
    do {
      if !text.isEmpty { try console.output(text) }
      result.whenPrinted?()
      return result.status.number
    } catch {
      console.error("planctl: writing the result to standard output failed: \(error)\n")
      console.error("It begins with:\n" + String(text.prefix(1_000)).escapedLines + "\n")
      return ExitStatus.failed.number
    }
  }

  private static func carryOut(
    _ words: [String], _ context: CommandContext, _ name: inout String
  ) async throws -> CommandResult {
    switch words.first {
    case nil: return CommandResult(status: .usage, messages: [HelpText.overview])
    case "help", "--help", "-h":
      let topic = words.dropFirst().filter { $0 != "--json" }
      return CommandResult(text: try HelpText.text(for: Array(topic)))
    case "--version", "version":
      return CommandResult(
        data: ["version": .string(version)], text: "planctl \(version)\n")
    default: break
    }
    let (command, rest) = try Commands.find(words)
    let specification = command.specification
    name = specification.name
    let options = rest.prefix { $0 != "--" }
    if options.contains("--help") || options.contains("-h") {
      return CommandResult(text: HelpText.text(of: specification))
    }
    return try await command.run(try CommandWords(rest, specification), context)
  }
}

extension Timestamp {
  /// The time of a date, to the microsecond.
  init(date: Date) {
    self.init(microseconds: Int64((date.timeIntervalSince1970 * 1_000_000).rounded()))
  }
}
