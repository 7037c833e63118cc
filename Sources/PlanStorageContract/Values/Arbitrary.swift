package import PlanDomain

/// Generates random values of every type that a store keeps, with random values in every field.
package struct Arbitrary: Sendable {
  /// The source of the random numbers.
  package var random: SeededGenerator

  /// A generator that uses these random numbers.
  package init(_ random: SeededGenerator) { self.random = random }

  /// A random element of the list.
  package mutating func one<T>(of values: [T]) -> T {
    values[Int.random(in: 0..<values.count, using: &random)]
  }

  /// A value or nil, each with a probability of one half.
  package mutating func maybe<T>(_ value: (inout Arbitrary) throws -> T) rethrows -> T? {
    try Bool.random(using: &random) ? value(&self) : nil
  }

  /// A text that stores often handle incorrectly.
  package mutating func text() -> String {
    one(of: [
      "", "plain", "it's", "\"quoted\"", "%", "_%_", "'; DROP TABLE plan; --", "a\u{0}b", "\u{0}",
      "line\nbreak\r\n\ttab", "e\u{301}", "é", "👩‍👩‍👧‍👦", "\u{202E}rtl", "\u{FEFF}bom", "{x}", "{{}}",
      "NULL",
      String(repeating: "long ", count: Int.random(in: 1...60, using: &random)),
    ])
  }

  /// A number, often at the end of its range.
  package mutating func integer() -> Int64 {
    one(of: [
      0, 1, -1, .max, .min, 1 << 53, -(1 << 53) - 1,
      Int64.random(in: .min ... .max, using: &random),
    ])
  }

  /// A number that the lifecycle uses as a counter.
  package mutating func count() -> Int {
    one(of: [
      0, 1, 2, 1_000_000, PlanLimits.counters.upperBound, Int.random(in: 0...100, using: &random),
    ])
  }

  /// A time.
  package mutating func time() -> Timestamp { Timestamp(microseconds: integer()) }

  /// A time that `PhaseTimes` can represent.
  package mutating func phaseTime() -> Timestamp {
    Timestamp(microseconds: max(.min + 1, integer()))
  }

  /// An id.
  package mutating func id() -> ULID { ULID(high: random.next(), low: random.next()) }

  /// A short text of printable ASCII.
  package mutating func short<Rule>() throws -> ShortText<Rule> {
    try ShortText(
      one(of: [
        "a", " ", "~", "A-b_c.9", "it's", "\"", "\\", "x y", "%_",
        String(repeating: "k", count: Rule.longest),
      ]))
  }

  /// A JSON document of a few levels.
  package mutating func json(depth: Int = 0) throws -> JSONValue {
    switch Int.random(in: 0...(depth > 3 ? 4 : 6), using: &random) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &random))
    case 2: return .integer(integer())
    case 3:
      return .double(
        try FiniteDouble(
          one(of: [
            0, -0.0, 1, 1.5, .pi, .greatestFiniteMagnitude, -.leastNonzeroMagnitude, 1e300, 1e15,
            0.1,
          ])))
    case 4: return .string(text())
    case 5: return .array(try many(3) { try $0.json(depth: depth + 1) })
    default: return .object(try object(depth: depth + 1))
    }
  }

  /// An object of at most three members with distinct keys.
  package mutating func object(depth: Int = 0) throws -> JSONObject {
    var members: [JSONObject.Member] = []
    for number in 0..<Int.random(in: 0...3, using: &random) {
      members.append(("\(text().prefix(20))\(number)", try json(depth: depth)))
    }
    return try JSONObject(members)
  }

  /// At most `most` values.
  package mutating func many<T>(
    _ most: Int, _ value: (inout Arbitrary) throws -> T
  ) rethrows -> [T] {
    try (0..<Int.random(in: 0...most, using: &random)).map { _ in try value(&self) }
  }

  /// A retry policy.
  package mutating func retry() throws -> RetryPolicy {
    try RetryPolicy(
      attempts: Int.random(in: 1...100, using: &random),
      base: .microseconds(Int64.random(in: 0...1_000_000, using: &random)),
      cap: .microseconds(Int64.random(in: 1_000_000...600_000_000_000, using: &random)))
  }

  /// One of the eight combinations of an automation.
  package mutating func automation() -> Automation {
    Automation(
      advanceToExecute: .random(using: &random), advanceToApply: .random(using: &random),
      revertWhenConstrained: .random(using: &random))
  }

  /// Three actors.
  package mutating func actors() throws -> Actors {
    Actors(strategy: try short(), execution: try short(), apply: try short())
  }

  /// An action of this name.
  package mutating func action(_ name: ActionName) throws -> Action {
    let arguments = try ArgumentList([
      ArgumentDefinition(
        name: "x", type: .string, minimum: 0, maximum: 9, pattern: "[a-z]*"),
      ArgumentDefinition(
        name: "n", type: .number, requirement: .optional(default: .integer(integer())),
        description: text()),
      ArgumentDefinition(
        name: "l", type: .list, requirement: .optional(default: .array([json()]))),
      ArgumentDefinition(name: "b", type: .boolean, requirement: .optional(default: nil)),
      ArgumentDefinition(
        name: "o", type: .object, requirement: .optional(default: .object(object()))),
    ])
    return Action(
      definition: try ActionDefinition(
        name: name, description: one(of: ["", "do {x}", "{{{n}}}"]),
        longDescription: maybe { $0.text() }, definitionOfDone: one(of: ["done", "{l}"]),
        actors: try actors(), arguments: arguments, invariants: try many(3) { try $0.words() },
        reusable: .random(using: &random), readOnly: .random(using: &random),
        automation: automation(), retry: try retry(), attemptTimeout: timeout(),
        tags: try many(3) { try $0.short() },
        createdBy: try maybe { try $0.words() }),
      state: one(of: Action.State.allCases), version: max(1, count()), createdAt: time(),
      updatedAt: time())
  }

  /// A nonempty text.
  package mutating func words() throws -> String { "-" + text() }

  /// The fixed part of a plan of this action; its values need not be possible in the lifecycle.
  package mutating func definition(
    _ id: Plan.ID, of action: ActionName, key: Key?, position: ChildPosition?
  ) throws -> PlanDefinition {
    // Few different snapshots, as plans of one action version share one.
    var few = Arbitrary(SeededGenerator(seed: UInt64.random(in: 0..<5, using: &random)))
    let snapshot = ActionSnapshot(
      name: action, version: few.one(of: [1, 2]), actors: try few.actors(),
      invariants: try few.many(2) { try $0.words() }, retry: try few.retry(),
      readOnly: .random(using: &few.random), attemptTimeout: few.timeout())
    return PlanDefinition(
      id: id, action: snapshot, description: text(),
      definitionOfDone: text(), arguments: try object(),
      defaultedArguments: maybe { $0.many(3) { $0.text() } },
      projects: try many(2) { arbitrary in
        ProjectUse(
          name: try ProjectName("p\(arbitrary.one(of: [1, 2, 3]))"),
          alias: try arbitrary.maybe { try $0.short() },
          readOnly: .random(using: &arbitrary.random))
      }, automation: automation(), idempotencyKey: key, labels: try labels(),
      context: maybe { $0.context() } ?? [:], notBefore: maybe { $0.time() },
      createdBy: try maybe { try $0.words() }, createdAt: time(), position: position)
  }

  /// The time-out of an attempt, or nil.
  private mutating func timeout() -> Duration? {
    let microseconds = Int64.random(in: 1_000...604_800_000_000, using: &random)
    return maybe { $0.one(of: [.milliseconds(1), .seconds(604_800), .microseconds(microseconds)]) }
  }

  /// At most two of few labels, so that plans share them.
  private mutating func labels() throws -> [Key: Plan.Label.Value] {
    let labels = [
      Plan.Label("l", "1"), Plan.Label("l", "2"), Plan.Label("l=", "="), Plan.Label("L", "1"),
      Plan.Label(try short(), try short()),
    ]
    return Dictionary(many(2) { $0.one(of: labels) }.map { ($0.key, $0.value) }) { $1 }
  }

  private mutating func context() -> [String: String] {
    Dictionary(many(3) { ($0.text(), $0.text()) }) { $1 }
  }

  /// The changing part of a plan; its values need not be possible in the lifecycle.
  package mutating func progress(version: Int? = nil, epoch: Int? = nil) throws -> PlanProgress {
    let status = one(of: PlanStatus.allCases)
    let lease = Lease(owner: try short(), expiresAt: time(), end: maybe { $0.time() })
    return PlanProgress(
      status: status, version: version ?? count(), attempt: count(),
      reversionCount: count(), epoch: epoch ?? count(),
      lease: status.state == .processing ? lease : nil,
      readyAt: maybe { $0.time() }, unmetDependencies: one(of: [0, 0, 1, 7]), updatedAt: time(),
      times: (times(), times(), times()), documents: try maybe { try $0.documents() },
      round: try maybe { try $0.round() })
  }

  private mutating func times() -> PhaseTimes {
    PhaseTimes(
      queuedAt: maybe { $0.phaseTime() }, startedAt: maybe { $0.phaseTime() },
      endedAt: maybe { $0.phaseTime() })
  }

  private mutating func documents() throws -> PlanDocuments {
    PlanDocuments(
      strategize: try maybe { try $0.json() }, execute: try maybe { try $0.json() },
      apply: try maybe { try $0.json() },
      checkpoint: try maybe { try Plan.Checkpoint(step: $0.short(), data: $0.json()) },
      failure: try maybe { try $0.failure() }, input: try maybe { try $0.json() },
      report: maybe { $0.text() })
  }

  /// A failure.
  package mutating func failure() throws -> Plan.Failure {
    try Plan.Failure(
      code: short(), message: text(), detail: maybe { try $0.json() },
      isRetryable: .random(using: &random),
      retryAfter: maybe { $0.one(of: [.zero, .microseconds(1), .seconds(604_800)]) })
  }

  private mutating func round() throws -> ChildRound {
    ChildRound(
      number: count(),
      schedule: try ChildSchedule(
        mode: one(of: ChildSchedule.Mode.allCases),
        maxParallel: Int.random(in: 1...32, using: &random), failFast: .random(using: &random)),
      total: count(), ended: count(), holding: count())
  }

  /// An event of this plan with this sequence.
  package mutating func event(_ plan: Plan.ID, _ sequence: Int) throws -> PlanEvent {
    let details: [PlanEvent.Detail?] = [
      nil, .owner(try short()), .reason(text()), .failure(try failure()),
      .children(round: count(), count: count()), .input(bytes: count()),
      .postponed(until: time()),
    ]
    return PlanEvent(
      plan: plan, sequence: sequence, command: one(of: CommandName.allCases),
      from: maybe { $0.one(of: PlanStatus.allCases) }, to: one(of: PlanStatus.allCases),
      at: time(), attempt: count(), epoch: count(), detail: one(of: details),
      by: try maybe { try $0.words() }, note: maybe { $0.text() })
  }
}
