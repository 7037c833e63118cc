import Foundation
import PlanDomain
import PlanStorage
import PlanStorageContract
import Planwright
import TestSupport

/// Hands decoders what is nearly right, and looks for more than an error.
enum FuzzCommand {
  private static let usage = """
    usage: contract fuzz [--inputs N] [--seed N]

      --inputs N   how many inputs in all; 100,000 by default
      --seed N     repeats a run

    Ends with 0 when every input was read or refused with an error of the package's own.
    """

  static func run(_ words: [String]) -> Int32 {
    var (inputs, seed) = (100_000, UInt64.random(in: 0..<1_000_000))
    var rest = words[...]
    while let word = rest.popFirst() {
      switch (word, rest.popFirst()) {
      case ("--help", _):
        say(usage)
        return 0
      case ("--inputs", let value?) where (Int(value) ?? 0) > 0: inputs = Int(value) ?? inputs
      case ("--seed", let value?) where UInt64(value) != nil: seed = UInt64(value) ?? seed
      default:
        say("contract fuzz: cannot make sense of '\(word)'\n\n\(usage)")
        return 2
      }
    }
    say("repeat with --inputs \(inputs) --seed \(seed)")
    do {
      let targets = try FuzzTarget.texts()
      for target in targets { try fuzz(target, inputs / (targets.count + 1), seed) }
      var rows = try RowFuzz(seed: seed)
      try rows.run(inputs / (targets.count + 1))
    } catch {
      say("contract fuzz: \(error)")
      return 1
    }
    return 0
  }

  private static func fuzz(_ target: FuzzTarget, _ inputs: Int, _ seed: UInt64) throws {
    var mutation = InputMutation(seed: seed)
    var (accepted, slowest) = (0, Int64(0))
    // No input takes far longer than the slowest sound one, in processor time; what takes less than a
    // millisecond counts as one, for it is mostly noise.
    let usual = try target.samples.map { sample in
      try ProcessorTime.of { try target.decode(sample) }
    }
    .reduce(1_000_000) { max($0, $1) }
    for _ in 0..<inputs {
      let sample = target.samples[mutation.number(0...(target.samples.count - 1))]
      let input = mutation.of(sample)
      let taken = try ProcessorTime.of {
        do {
          try target.decode(input)
          accepted += 1
        } catch is PlanError {} catch is StorageError {} catch {
          throw FuzzFinding(target: target.name, input: input, reason: "\(error)")
        }
      }
      slowest = max(slowest, taken)
      if taken > 1_000 * usual {
        let reason = "it took \(taken) ns of processor time, where \(usual) are usual"
        throw FuzzFinding(target: target.name, input: input, reason: reason)
      }
    }
    say(
      "\(target.name): \(inputs) inputs, \(accepted) of them accepted, slowest \(slowest / 1_000) µs"
    )
  }
}

/// Says a line at once, also into a file: fuzzing takes a while.
func say(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }

/// An input that a decoder did not cope with.
struct FuzzFinding: Error, CustomStringConvertible {
  let target: String
  let input: [UInt8]
  let reason: String
  var description: String { "\(target): \(reason)\n\(String(decoding: input, as: UTF8.self))" }
}

/// A decoder, and what it is expected to read.
struct FuzzTarget {
  let name: String
  let samples: [[UInt8]]
  /// Throws an error of the package's own, or a `Changed` when reading twice gives two things.
  let decode: ([UInt8]) throws -> Void

  struct Changed: Error {}

  static func texts() throws -> [FuzzTarget] {
    var arbitrary = Arbitrary(SeededGenerator(seed: 1))
    let action = ActionName("kit/x")
    let plans = try (0..<60).map { _ in
      Plan(
        definition: try arbitrary.definition(
          Plan.ID(arbitrary.id()), of: action, key: nil, position: nil),
        progress: try arbitrary.progress())
    }
    let actions = try (0..<60).map { _ in try arbitrary.action(action) }
    let events = try (1..<60).map { try arbitrary.event(plans[0].id, $0) }
    return [
      FuzzTarget(name: "JSON", samples: plans.map { bytes($0.portable) }) { input in
        let value = try JSONValue(parsing: input)
        guard try JSONValue(parsing: value.serialized()) == value else { throw Changed() }
      },
      FuzzTarget(
        name: "typed values",
        samples: try FuzzedOrder.samples.map { bytes(try JSONValue(encoding: $0)) }
      ) { input in
        let order = try JSONValue(parsing: input).decoded(as: FuzzedOrder.self)
        guard try JSONValue(encoding: order).decoded(as: FuzzedOrder.self) == order else {
          throw Changed()
        }
      },
      FuzzTarget(name: "portable plans", samples: plans.map { bytes($0.portable) }) { input in
        let plan = try Plan(portable: JSONValue(stored: input, field: "plan"))
        guard try Plan(portable: plan.portable) == plan else { throw Changed() }
      },
      FuzzTarget(name: "portable actions", samples: actions.map { bytes($0.portable) }) { input in
        let action = try Action(portable: JSONValue(stored: input, field: "action"))
        guard try Action(portable: action.portable) == action else { throw Changed() }
      },
      FuzzTarget(name: "portable events", samples: events.map { bytes($0.portable) }) { input in
        let event = try PlanEvent(portable: JSONValue(stored: input, field: "event"))
        guard try PlanEvent(portable: event.portable) == event else { throw Changed() }
      },
      FuzzTarget(
        name: "patterns",
        samples: [
          "[a-z]+(-[a-z0-9]{1,8})*", "([a-z]+)+\\.txt", "(a|a)*b", "^[^\\d\\s-]?\\w{2,}$",
          "(?:\\x41|\\u{1F600}|☃)*?", "((a?){1,9}){1,9}", "[\\]\\u{61}-\\u{7A}.]|\\.",
        ].map { Array($0.utf8) }
      ) { input in
        let source = String(decoding: input, as: UTF8.self)
        let pattern = Pattern(source)
        for text in ["", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "a-b.txt", "☃\n😀", source] {
          let positions = text.unicodeScalars.count + 1
          guard pattern.match(text).steps <= positions * 2 * PlanLimits.patternInstructions else {
            throw Changed()
          }
        }
        _ = try ArgumentDefinition(name: "a", type: .string, pattern: source)
      },
      FuzzTarget(
        name: "locations",
        samples: [
          "memory:", "memory:jobs", "sqlite:plans.db", "sqlite:/tmp/a/../plans.db",
          "file:/tmp/plans%20a.db?durability=normal", "sqlite:memory:", "sqlite:memory:jobs",
        ].map { Array($0.utf8) }
      ) { input in _ = try StorageBackend(location: String(decoding: input, as: UTF8.self)) },
      FuzzTarget(
        name: "names, ids and cursors",
        samples: [
          "local/release", "release", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "p-01ARZ3NDEKTSV4RRFFQ69G5FAV",
          "a-17", "e-9223372036854775807", "execute/queued",
        ].map { Array($0.utf8) }
      ) { input in
        let text = String(decoding: input, as: UTF8.self)
        let readers: [() throws -> String] = [
          { try ActionName(text).description }, { try ULID(text).description },
          { try PlanCursor(text).description }, { try ActionCursor(text).description },
          { try EventCursor(text).description }, { try Key(text).description },
        ]
        for read in readers {
          do { _ = try read() } catch is PlanError {}
        }
        _ = PlanStatus(text)
      },
    ]
  }

  private static func bytes(_ value: JSONValue) -> [UInt8] { Array(value.serialized().utf8) }
}
