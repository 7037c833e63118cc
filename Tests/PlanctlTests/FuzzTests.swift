import Foundation
import TestSupport
import Testing

@testable import planctl

@Suite("What people and programs hand to planctl")
struct FuzzTests {
  /// How many inputs each test tries; PLANWRIGHT_FUZZ_INPUTS asks for more.
  private let inputs =
    ProcessInfo.processInfo.environment["PLANWRIGHT_FUZZ_INPUTS"].flatMap { Int($0) }
    ?? Rounds.scaled(4_000)

  private func fuzz(_ sample: String, _ decode: ([UInt8]) throws -> Void) {
    var mutation = Mutation(seed: SeededGenerator.announcedSeed())
    let bytes = Array(sample.utf8)
    for _ in 0..<inputs {
      let input = mutation.of(bytes)
      let start = ContinuousClock.now
      do { try decode(input) } catch is FieldError {} catch {
        Issue.record("\(error)\n\(String(decoding: input, as: UTF8.self))")
        return
      }
      #expect(ContinuousClock.now - start < .seconds(2))
    }
  }

  @Test("in a plan file is read, or refused with the file and the key, whatever it is")
  func planFiles() throws {
    let example = try String(contentsOfFile: ExampleTests.file, encoding: .utf8)
    fuzz(example) { _ = try PlanFile($0, at: "/plan.json", named: "plan.json") }
  }

  @Test("in a program's output is read, or refused with the key, whatever it is")
  func programOutputs() {
    let output = """
      {"children": [{"key": "a", "action": "local/x", "arguments": {"n": 1.5, "l": [null, true]}},
        {"key": "b", "action": "y", "dependsOn": ["a"], "automation": "manual"}],
       "schedule": {"mode": "dependencyOrdered", "maxParallel": 2, "failFast": true}}
      """
    fuzz(output) { _ = try ProgramOutput.outcome(of: $0) }
    fuzz(#"{"constrained": "not now"}"#) { _ = try ProgramOutput.outcome(of: $0) }
  }
}
