import Planwright

/// `planctl completions`: scripts with which shells complete command lines.
struct CompletionsCommand: Command {
  static let specification = CommandSpecification(
    name: "completions", operands: "SHELL", operandCount: 1...1,
    summary: "print a script with which bash or zsh completes planctl's commands and options",
    details: "SHELL is bash or zsh.",
    examples: [
      ("source <(planctl completions bash)", "in ~/.bashrc"),
      ("source <(planctl completions zsh)", "in ~/.zshrc, after compinit"),
    ])

  private let isZsh: Bool

  init(_ words: CommandWords) throws {
    let shell = words.operands[0]
    guard ["bash", "zsh"].contains(shell) else {
      throw words.error("expected bash or zsh, not '\(shell)'")
    }
    isZsh = shell == "zsh"
  }

  func run(_ context: CommandContext) async throws -> CommandResult {
    // zsh carries out the functions of bash for completion.
    let prefix = isZsh ? "autoload -Uz bashcompinit && bashcompinit\n" : ""
    let script = prefix + Self.script
    return CommandResult(data: .string(script), text: script)
  }

  private static var script: String {
    let all = Commands.all.map { $0.specification }
    let first = Set(all.compactMap { $0.name.split(separator: " ").first.map(String.init) })
    var cases = ""
    for group in Set(all.map(\.name).filter { $0.contains(" ") }.map { $0.prefix { $0 != " " } })
      .sorted()
    {
      let commands = all.map(\.name).filter { $0.hasPrefix(group + " ") }
        .map { $0.dropFirst(group.count + 1) }
      cases += "    '\(group)') words='\(commands.joined(separator: " "))' ;;\n"
    }
    for command in all {
      let options = command.allOptions.map(\.name).joined(separator: " ")
      cases += "    '\(command.name)'*) words='\(options)' ;;\n"
    }
    return """
      _planctl() {
        local line="${COMP_WORDS[*]:1:COMP_CWORD-1}" current="${COMP_WORDS[COMP_CWORD]}" words
        case "$line" in
          '') words='\((first.sorted() + ["help"]).joined(separator: " "))' ;;
          help) words='\((all.map(\.name) + HelpText.topics.map(\.name)).joined(separator: " "))' ;;
      \(cases)  esac
        COMPREPLY=($(compgen -W "$words" -- "$current"))
      }
      complete -o default -F _planctl planctl

      """
  }
}
