import Foundation
import Planwright
import TestSupport
import TestTraits
import Testing

@testable import planctl

@Suite("Input of planctl", .dedicatedThread)
struct InputFuzzTests {
  /// How many inputs each test tries; PLANWRIGHT_FUZZ_INPUTS asks for more.
  private let inputs =
    ProcessInfo.processInfo.environment["PLANWRIGHT_FUZZ_INPUTS"].flatMap { Int($0) }
    ?? Rounds.scaled(4_000)

  // No input takes far longer than a sound one of about its length. Counted in processor time, and
  // as a ratio: a machine that is slow or busy changes neither.
  private func fuzz(_ sample: String, _ decode: ([UInt8]) throws -> Void) throws {
    var mutation = InputMutation(seed: SeededGenerator.announcedSeed())
    let bytes = Array(sample.utf8)
    let usual = try (0..<10).map { _ in
      // As long as mutations make it.
      try ProcessorTime.of { try decode(bytes + [UInt8](repeating: 32, count: 1_200)) }
    }.reduce(1) { max($0, $1) }
    for _ in 0..<inputs {
      let input = mutation.of(bytes)
      let text = { String(decoding: input, as: UTF8.self) }
      do {
        let taken = try ProcessorTime.of {
          do { try decode(input) } catch is FieldError {}
        }
        #expect(taken < 1_000 * usual, "\(taken) ns where \(usual) are usual\n\(text())")
      } catch {
        Issue.record("\(error)\n\(text())")
        return
      }
    }
  }

  @Test("in a plan file is read, or refused with the file and the key, whatever it is")
  func planFiles() throws {
    let example = try String(contentsOfFile: ExampleTests.file, encoding: .utf8)
    try fuzz(example) { _ = try PlanFile($0, at: "/plan.json", named: "plan.json") }
  }

  @Test("in a program's output is read, or refused with the key, whatever it is")
  func programOutputs() throws {
    let output = """
      {"children": [{"key": "a", "action": "local/x", "arguments": {"n": 1.5, "l": [null, true]}},
        {"key": "b", "action": "y", "dependsOn": ["a"], "automation": "manual"}],
       "schedule": {"mode": "dependencyOrdered", "maxParallel": 2, "failFast": true}}
      """
    try fuzz(output) { _ = try ProgramOutput.outcome(of: $0, in: .execute) }
    try fuzz(#"{"constrained": "not now"}"#) { _ = try ProgramOutput.outcome(of: $0, in: .apply) }
  }
}
