import Foundation

/// The benchmarks: every figure is a ratio to a baseline in the same run.
@main
struct PlanbenchCommand {
  static let help = """
    Usage: planbench [--scenario NAME]... [--quick] [--json]

    Measures what a host pays, as ratios to baselines in the same run.

      --scenario NAME   only this one; may be given several times
      --quick           small numbers, to see that everything runs; no goal counts
      --json            one JSON object a line instead of a table

    Scenarios: \(Scenario.all.map(\.name).joined(separator: ", "))

    """

  static func main() throws {
    var words = CommandLine.arguments.dropFirst()
    var names: [String] = []
    var (isQuick, isJSON) = (false, false)
    while let word = words.popFirst() {
      switch word {
      case "--help", "-h":
        print(help, terminator: "")
        return
      case "--quick": isQuick = true
      case "--json": isJSON = true
      case "--scenario":
        guard let name = words.popFirst(), Scenario.all.contains(where: { $0.name == name }) else {
          refuse("--scenario: the name of a scenario was expected; --help lists them")
        }
        names.append(name)
      default: refuse("there is no option '\(word)'; --help lists them")
      }
    }
    let scale: Scale = isQuick ? .quick : .full
    for scenario in Scenario.all where names.isEmpty || names.contains(scenario.name) {
      let measurement = try scenario.measure(scale)
      print(isJSON ? measurement.json : measurement.row)
    }
  }

  private static func refuse(_ sentence: String) -> Never {
    try? FileHandle.standardError.write(contentsOf: Data("planbench: \(sentence)\n".utf8))
    exit(2)
  }
}
