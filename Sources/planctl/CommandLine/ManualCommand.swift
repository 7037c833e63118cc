import Foundation
import Planwright

/// `planctl manual`: the manual page.
struct ManualCommand: Command {
  static let specification = CommandSpecification(
    name: "manual", summary: "print the manual page, for man",
    examples: [("planctl manual > ~/.local/share/man/man1/planctl.1", "install the page")])

  init(_ words: CommandWords) throws {}

  func run(_ context: CommandContext) async throws -> CommandResult {
    var page = """
      .TH PLANCTL 1 "" "planctl \(PlanctlCommand.version)"
      .SH NAME
      planctl \\- create plans, run them with programs, and look after their store
      .SH SYNOPSIS
      .B planctl
      .I COMMAND
      .RI [ WORD ]...
      .SH COMMANDS

      """
    for command in Commands.all.map({ $0.specification }) {
      let text = HelpText.text(of: command).split(separator: "\n", omittingEmptySubsequences: false)
      page += ".SS \(command.name)\n.nf\n" + text.map(Self.line).joined(separator: "\n") + "\n.fi\n"
    }
    for topic in HelpText.topics {
      let text = topic.text.split(separator: "\n", omittingEmptySubsequences: false)
      page += ".SH \(topic.name.uppercased())\n.nf\n"
      page += text.map(Self.line).joined(separator: "\n") + "\n.fi\n"
    }
    return CommandResult(data: .string(page), text: page)
  }

  /// A line of text that roff prints as it is.
  private static func line(_ text: some StringProtocol) -> String {
    let escaped = String(text).replacing("\\", with: "\\e").replacing("-", with: "\\-")
    return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
  }
}
