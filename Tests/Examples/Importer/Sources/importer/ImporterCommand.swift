import Dispatch
import Foundation
import Planwright

/// The command: reads its arguments, and ends in good order at SIGINT and SIGTERM.
@main
struct ImporterCommand {
  static let usage = """
    usage: importer FILE TARGET [--rows-per-second N] [--lines-per-batch N]

    Appends the rows of FILE, lines of KEY,REST, to the file TARGET, each key once. It can be
    stopped at any time: the same command continues. TARGET.plans remembers what is done.

    """

  var file = ""
  var target = ""
  var rowsPerSecond: Int?
  var linesPerBatch = 500

  /// Parses the arguments; nil when they are not as the usage says.
  init?(_ arguments: [String]) {
    var (files, rest) = ([String](), arguments[...])
    while let word = rest.popFirst() {
      guard word.hasPrefix("--") else {
        files.append(word)
        continue
      }
      guard let number = rest.popFirst().flatMap(Int.init), number > 0 else { return nil }
      switch word {
      case "--rows-per-second": rowsPerSecond = number
      case "--lines-per-batch": linesPerBatch = number
      default: return nil
      }
    }
    guard files.count == 2 else { return nil }
    (file, target) = (files[0], files[1])
  }

  static func main() async {
    guard let command = ImporterCommand(Array(CommandLine.arguments.dropFirst())) else {
      print(usage, to: .standardError)
      exit(64)
    }
    let running = Task { try await command.run() }
    let signals = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)  // or the process would end at once
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { @Sendable in
        signal(number, SIG_DFL)  // the second one ends it at once
        running.cancel()
      }
      source.activate()
      return source
    }
    defer { for source in signals { source.cancel() } }
    do {
      let counts = try await running.value
      let refused = counts.refused.map { "; line \($0) is no row" }.joined()
      print("done: \(counts.added) rows added, \(counts.present) were there\(refused)")
    } catch is CancellationError {
      print("stopped: the same command continues")
      exit(130)
    } catch is Importer.FileChanged {
      print(
        "\(command.file) was changed after its import began; to import it again, without the rows "
          + "that \(command.target) has, remove \(command.store) first", to: .standardError)
      exit(1)
    } catch StorageError.Code.busy {
      print("another importer works on \(command.target)", to: .standardError)
      exit(1)
    } catch {
      print("\(error)", to: .standardError)
      exit(1)
    }
  }

  private var store: String { target + ".plans" }

  private func run() async throws -> ImportCounts {
    // For one process: two importers would not know of each other's rows.
    let options = SQLiteOptions(exclusive: true, busyTimeout: .seconds(1))
    let system = try PlanSystem.open(.sqlite(at: store, options: options))
    defer { try? system.close() }
    let actions = try ImportActions(
      target: TargetFile(path: target), linesPerBatch: linesPerBatch,
      limit: RateLimit(perSecond: rowsPerSecond))
    let importer = Importer(system: system, actions: actions) { Self.print($0) }
    return try await importer.run(
      FileImport(path: file, bytes: try RowFile(path: file).size()))
  }

  /// Prints a line at once, also into a pipe.
  private static func print(_ line: String, to file: FileHandle = .standardOutput) {
    file.write(Data((line + "\n").utf8))
  }
}
