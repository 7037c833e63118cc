import Foundation

/// The benchmarks: every figure is a ratio to a baseline in the same run.
@main
struct PlanbenchCommand {
  static let help = """
    Usage: planbench [--scenario NAME]... [--quick] [--json] [--plot FILE]

    Measures what a host pays, as ratios to baselines in the same run.

      --scenario NAME   only this one; may be given several times
      --quick           small numbers, to see that everything runs; no goal counts
      --json            one JSON object a line instead of a table
      --plot FILE       draws instead, as SVG: what an operation costs in stores of a thousand
                        to a million plans

    Scenarios: \(Scenario.all.map(\.name).joined(separator: ", "))

    """

  static func main() throws {
    var words = CommandLine.arguments.dropFirst()
    if try MemoryProbe.run(words) || FeedFixture.run(words) { return }
    var names: [String] = []
    var (isQuick, isJSON) = (false, false)
    var plot: String?
    while let word = words.popFirst() {
      switch word {
      case "--help", "-h":
        print(help, terminator: "")
        return
      case "--quick": isQuick = true
      case "--plot":
        guard let path = words.popFirst() else { refuse("--plot: a file was expected") }
        plot = path
      case "--json": isJSON = true
      case "--scenario":
        guard let name = words.popFirst(), Scenario.all.contains(where: { $0.name == name }) else {
          refuse("--scenario: the name of a scenario was expected; --help lists them")
        }
        names.append(name)
      default: refuse("there is no option '\(word)'; --help lists them")
      }
    }
    let interruption = Interruption()
    let signals = interruption.heed()
    defer {
      withExtendedLifetime(signals) {}
      TemporaryDirectories.removeAll()
    }
    let scale: Scale = isQuick ? .quick : .full
    if let plot { return try draw(scale, to: plot) }
    let chosen = Scenario.all.filter { names.isEmpty || names.contains($0.name) }
    guard chosen.count == 1, let scenario = chosen.first else {
      let options = (isQuick ? ["--quick"] : []) + (isJSON ? ["--json"] : [])
      for scenario in chosen { try runAlone(scenario, interruption, options: options) }
      return
    }
    let measurement = try scenario.measure(scale)
    let line = isJSON ? measurement.json : measurement.row
    // Printed at once, also into a file, because the scenarios take minutes.
    FileHandle.standardOutput.write(Data("\(line)\n".utf8))
  }

  /// Measures in a separate process, so that one scenario's memory does not slow down the next.
  private static func runAlone(
    _ scenario: Scenario, _ interruption: Interruption, options: [String]
  ) throws {
    let process = Process()
    process.executableURL = Bundle.main.executableURL
    process.arguments = ["--scenario", scenario.name] + options
    try interruption.run(process)
    if process.terminationStatus != 0 { exit(process.terminationStatus) }
  }

  /// Measures how costs grow, and draws a plot.
  private static func draw(_ scale: Scale, to path: String) throws {
    let curves = try Growth.measure(scale) { line in
      try? FileHandle.standardError.write(contentsOf: Data("\(line)\n".utf8))
    }
    do { try Plot(curves: curves).svg.write(toFile: path, atomically: true, encoding: .utf8) } catch
    {
      refuse("--plot: \(path) cannot be written: \(error.localizedDescription)")
    }
  }

  private static func refuse(_ sentence: String) -> Never {
    try? FileHandle.standardError.write(contentsOf: Data("planbench: \(sentence)\n".utf8))
    exit(2)
  }
}
