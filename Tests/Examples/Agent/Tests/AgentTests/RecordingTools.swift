@testable import agent

/// Tools that record their calls; the first calls of some inputs fail.
actor RecordingTools {
  struct Offline: Error {}
  struct Call: Equatable {
    let input: String
    let key: String
  }

  private(set) var calls: [Call] = []
  private(set) var published: [String] = []
  private var failures: [String: Int]

  /// Creates tools whose calls with an input fail as often as the number says.
  init(failures: [String: Int] = [:]) { self.failures = failures }

  /// The tools for a host: one that answers with its input.
  nonisolated var tools: Tools {
    Tools(byName: ["lookup": { try await self.call($0, $1) }])
  }

  private func call(_ input: String, _ key: String) throws -> String {
    calls.append(Call(input: input, key: key))
    if let left = failures[input], left > 0 {
      failures[input] = left - 1
      throw Offline()
    }
    return "<\(input)>"
  }

  func publish(_ report: String) { published.append(report) }

  /// The inputs of the calls.
  var inputs: [String] { calls.map(\.input) }
}
