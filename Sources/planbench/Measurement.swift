import PlanDomain

/// The amounts that a run measures.
struct Scale {
  /// The plans in a large store.
  let plans: Int
  /// The calls in one round.
  let calls: Int
  /// The rounds, of which the median counts.
  let rounds: Int

  /// The single calls that are timed.
  var samples: Int { min(calls / 10, 10_000) }

  static let full = Scale(plans: 1_000_000, calls: 200_000, rounds: 9)
  static let quick = Scale(plans: 10_000, calls: 2_000, rounds: 1)
}

/// The result of one scenario.
struct Measurement {
  var scenario: String
  var unit: String
  /// The measured rate in units per second; zero where the scenario has no rate.
  var rate = 0.0
  /// The times of single calls, sorted.
  var samples: [Duration] = []
  /// The rate of the baseline in the same run.
  var baselineRate = 0.0
  /// The figure that the goal is about.
  var ratio: Double
  /// The goal for the ratio.
  var goal: Goal

  enum Goal {
    case atMost(Double)
    case atLeast(Double)
  }

  var holds: Bool {
    switch goal {
    case .atMost(let most): ratio <= most
    case .atLeast(let least): ratio >= least
    }
  }

  private var goalText: String {
    switch goal {
    case .atMost(let most): "<= \(most)"
    case .atLeast(let least): ">= \(least)"
    }
  }

  /// The time, in microseconds, within which this share of the calls returned.
  private func microseconds(_ share: Double) -> Double {
    guard !samples.isEmpty else { return 0 }
    let index = min(samples.count - 1, Int(Double(samples.count) * share))
    let nanoseconds = samples[index].components.attoseconds / 1_000_000_000
    return Double(samples[index].components.seconds) * 1e6 + Double(nanoseconds) / 1000
  }

  var json: String {
    func number(_ value: Double) -> JSONValue {
      (try? FiniteDouble((value * 1000).rounded() / 1000)).map { .double($0) } ?? .null
    }
    let object: JSONValue = [
      "scenario": .string(scenario), "unit": .string(unit), "ops_per_second": number(rate),
      "p50_us": number(microseconds(0.5)), "p99_us": number(microseconds(0.99)),
      "p999_us": number(microseconds(0.999)), "baseline_ops_per_second": number(baselineRate),
      "ratio": number(ratio), "goal": .string(goalText), "holds": .bool(holds),
    ]
    return object.serialized()
  }

  var row: String {
    func padded(_ text: String, _ width: Int) -> String {
      text + String(repeating: " ", count: max(1, width - text.count))
    }
    let shown = (ratio * 100).rounded() / 100
    let speed = rate > 0 ? "\(Int(rate)) \(unit)/s" : ""
    return padded(scenario, 38) + padded("\(shown)", 10) + padded(goalText, 12)
      + padded(holds ? "holds" : "missed", 9) + speed
  }
}

/// The median of the numbers.
func median(_ numbers: [Double]) -> Double {
  let sorted = numbers.sorted()
  return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
}

/// Measures calls per second of two bodies that alternate, so that load on the machine slows both.
func rates(
  _ scale: Scale, calls: Int, _ body: () throws -> Void, against baseline: () throws -> Void
) rethrows -> (body: Double, baseline: Double) {
  let clock = ContinuousClock()
  var (ours, theirs): ([Double], [Double]) = ([], [])
  for _ in 0..<scale.rounds {
    theirs.append(Double(calls) / (try clock.measure(baseline)).inSeconds)
    ours.append(Double(calls) / (try clock.measure(body)).inSeconds)
  }
  return (median(ours), median(theirs))
}

/// Measures single calls, sorted by their time; apart, because reading the clock takes time too.
func samples(_ scale: Scale, _ body: (Int) throws -> Void) rethrows -> [Duration] {
  let clock = ContinuousClock()
  return try (0..<scale.samples).map { number in try clock.measure { try body(number) } }.sorted()
}

extension Duration {
  var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}
