import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

/// A member that is null, or missing, in each way in which a type can ask for it.
private protocol NullSample: Codable, Hashable, Sendable {
  static var samples: [Self] { get }
}

private enum Keys: CodingKey { case value }

/// Asks with `decodeIfPresent`, and leaves nil out.
private struct Synthesized: NullSample {
  var value: Int?
  var twice: Int??
  var nothing: NoValue?
  static let samples = [Synthesized(), Synthesized(value: 1, twice: 2)]
}

/// Encodes null and asks for an optional.
private struct DecodesOptional: NullSample {
  var value: String?
  static let samples = [DecodesOptional(value: nil), DecodesOptional(value: "x")]

  init(value: String?) { self.value = value }
  init(from decoder: any Decoder) throws {
    value = try decoder.container(keyedBy: Keys.self).decode(String?.self, forKey: .value)
  }
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    try container.encode(value, forKey: .value)
  }
}

/// Asks first whether it is null.
private struct AsksForNil: NullSample {
  var value: [Int]?
  static let samples = [AsksForNil(value: nil), AsksForNil(value: []), AsksForNil(value: [1])]

  init(value: [Int]?) { self.value = value }
  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Keys.self)
    let isNil = try container.decodeNil(forKey: .value)
    value = isNil ? nil : try container.decode([Int].self, forKey: .value)
  }
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    if let value {
      try container.encode(value, forKey: .value)
    } else {
      try container.encodeNil(forKey: .value)
    }
  }
}

/// Asks first whether it is there.
private struct AsksWhetherThere: NullSample {
  var value: Double?
  static let samples = [AsksWhetherThere(value: nil), AsksWhetherThere(value: 0.5)]

  init(value: Double?) { self.value = value }
  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Keys.self)
    value =
      container.contains(.value) ? try container.decode(Double.self, forKey: .value) : nil
  }
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    try container.encodeIfPresent(value, forKey: .value)
  }
}

/// A type of its own that takes null, and the decoder of a member.
private struct Wrapped: NullSample {
  struct Maybe: Codable, Hashable, Sendable {
    var value: Bool?
    init(value: Bool?) { self.value = value }
    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      value = container.decodeNil() ? nil : try container.decode(Bool.self)
    }
    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(value)
    }
  }
  var value: Maybe
  static let samples = [nil, true, false].map { Wrapped(value: Maybe(value: $0)) }
}

private struct AsksSuperDecoder: NullSample {
  var value: Wrapped.Maybe
  static let samples = [nil, true].map { AsksSuperDecoder(value: Wrapped.Maybe(value: $0)) }

  init(value: Wrapped.Maybe) { self.value = value }
  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Keys.self)
    value = try Wrapped.Maybe(from: container.superDecoder(forKey: .value))
  }
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    try value.encode(to: container.superEncoder(forKey: .value))
  }
}

/// The value of another type, which has the members.
private struct Outer: NullSample {
  var inner: DecodesOptional
  static let samples = DecodesOptional.samples.map { Outer(inner: $0) }

  init(inner: DecodesOptional) { self.inner = inner }
  init(from decoder: any Decoder) throws {
    inner = try decoder.singleValueContainer().decode(DecodesOptional.self)
  }
  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(inner)
  }
}

/// Null inside of a member is stored.
private struct Nested: NullSample {
  var value: DecodesOptional
  var values: [Int?]
  var named: [String: Int?]
  static let samples = DecodesOptional.samples.map {
    Nested(value: $0, values: [1, nil], named: ["a": nil, "b": 2])
  }
}

private struct Required: Codable, Hashable {
  var value: String
}

@Suite("An argument that is null", .timeLimit(.minutes(30)))
struct NullArgumentTests {
  private func check<T: NullSample>(
    _ type: T.Type, _ list: ArgumentList? = nil, in fixture: LifecycleFixture
  ) async throws {
    try await check(T.samples, list, in: fixture)
  }

  private func check<T: Codable & Hashable & Sendable>(
    _ samples: [T], _ list: ArgumentList?, in fixture: LifecycleFixture
  ) async throws {
    let seen = Locked<[T]>([])
    let action = try TypedAction(
      "local/sample", taking: T.self, description: "x", arguments: list, retry: .never
    ).execute { run in seen.withLock { $0.append(run.arguments) } }
    try await fixture.withWorker([action]) {
      for sample in samples {
        let plan = try await fixture.ended(action, sample)
        #expect(plan.progress.failure == nil)
        #expect(plan.definition.arguments.allSatisfy { $0.value != .null })
      }
    }
    #expect(seen.withLock { $0 } == samples)
  }

  @Test(
    "is read as nil, in whatever way its type asks for it", arguments: TestStore.allCases)
  func everyWay(store: TestStore) async throws {
    let fixture = try LifecycleFixture(store.backend)
    let value = try ArgumentList([
      ArgumentDefinition(name: "value", type: .boolean, requirement: .optional(default: nil))
    ])
    let text = try ArgumentList([
      ArgumentDefinition(name: "value", type: .string, requirement: .optional(default: nil))
    ])
    try await check(DecodesOptional.self, in: fixture)
    try await check(AsksForNil.self, in: fixture)
    try await check(AsksWhetherThere.self, in: fixture)
    try await check(Wrapped.self, value, in: fixture)
    try await check(AsksSuperDecoder.self, value, in: fixture)
    try await check(Outer.self, text, in: fixture)
    try await check(Nested.self, in: fixture)
    try await check(Synthesized.samples, try Self.synthesized, in: fixture)
    // The arguments as a whole may be null as well.
    try await check([Required?.none, Required(value: "x")], text, in: fixture)
  }

  private static var synthesized: ArgumentList {
    get throws {
      try ArgumentList(
        ["value", "twice"].map {
          try ArgumentDefinition(name: $0, type: .integer, requirement: .optional(default: nil))
        })
    }
  }

  @Test("is missing where its type takes no null, and the error says so")
  func required() {
    #expect(throws: PlanError.notDecodable("arguments.value", reason: "it is missing")) {
      try ([:] as JSONObject).decodedArguments(as: Required.self)
    }
    // A document that is not a list of arguments has all its members.
    #expect(throws: PlanError.notDecodable("input.value", reason: "it is missing")) {
      try JSONValue.object([:]).decoded(as: AsksForNil.self, field: "input")
    }
    #expect(throws: PlanError.notDecodable("input.value", reason: "it is missing")) {
      try JSONValue.object([:]).decoded(as: DecodesOptional.self, field: "input")
    }
  }
}
