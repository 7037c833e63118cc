import Foundation

/// A question that the user answers on the terminal.
struct Confirmation {
  private let context: CommandContext

  init(_ context: CommandContext) { self.context = context }

  /// Asks; any answer but `y` and `yes` is no, and so is a standard input that is no terminal.
  func ask(_ question: String) -> Bool {
    guard isatty(STDIN_FILENO) == 1 else { return false }
    context.console.error("\(question) [y/N] ")
    let answer = (readLine() ?? "").lowercased()
    return ["y", "yes"].contains(answer)
  }
}
