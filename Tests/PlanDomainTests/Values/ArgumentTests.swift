import PlanDomain
import TestSupport
import Testing

@Suite("Arguments")
struct ArgumentTests {
  static func list(_ definitions: ArgumentDefinition...) throws -> ArgumentList {
    try ArgumentList(definitions)
  }

  @Test(
    "An argument's name is a letter, then letters, digits, _ and -",
    arguments: ["", "1a", "-a", "a b", "a.b", "é", "a\0", String(repeating: "a", count: 65)])
  func names(name: String) {
    #expect(
      errorCode { try ArgumentDefinition(name: name, type: .string) } == "invalidArgumentDefinition"
    )
  }

  @Test("A definition that contradicts itself is refused")
  func contradictions() throws {
    let makers: [() throws -> ArgumentDefinition] = [
      { try .init(name: "a", type: .integer, requirement: .optional(default: "x")) },
      { try .init(name: "a", type: .integer, requirement: .optional(default: 5), maximum: 4) },
      { try .init(name: "a", type: .integer, minimum: 5, maximum: 4) },
      { try .init(name: "a", type: .integer, minimum: .double(FiniteDouble(1.5))) },
      { try .init(name: "a", type: .integer, minimum: "1") },
      { try .init(name: "a", type: .number, minimum: "1") },
      { try .init(name: "a", type: .boolean, minimum: 1) },
      { try .init(name: "a", type: .string, minimum: -1) },
      { try .init(name: "a", type: .list, maximum: -1) },
      { try .init(name: "a", type: .object, minimum: 1) },
      { try .init(name: "a", type: .object, pattern: "x") },
      { try .init(name: "a", type: .object, requirement: .optional(default: [])) },
      { try .init(name: "a", type: .integer, pattern: "x") },
      { try .init(name: "a", type: .string, pattern: "(") },
      { try .init(name: "a", type: .string, pattern: String(repeating: "x", count: 1025)) },
      { try .init(name: "a", type: .string, requirement: .optional(default: "b"), pattern: "a") },
    ]
    for (index, make) in makers.enumerated() {
      #expect("definition \(index)") { _ = try make() } throws: { error in
        PlanError.Code.invalidArgumentDefinition ~= error
      }
    }
    #expect(
      errorCode {
        try Self.list(.init(name: "a", type: .string), .init(name: "a", type: .list))
      } == "invalidArgumentDefinition")
  }

  @Test("Values are held to type, bounds and pattern")
  func values() throws {
    let word = try ArgumentDefinition(
      name: "word", type: .string, minimum: 2, maximum: 3, pattern: "[a-z☃]+")
    let whole = try ArgumentDefinition(
      name: "whole", type: .integer, minimum: .integer(.min), maximum: .integer(.max - 1))
    let number = try ArgumentDefinition(
      name: "number", type: .number, minimum: 0, maximum: .double(FiniteDouble(1.5)))
    let accepted: [(ArgumentDefinition, JSONValue)] = [
      (word, "ab"), (word, "a☃"), (whole, .integer(.min)), (whole, .integer(.max - 1)),
      (number, 1), (number, .double(try FiniteDouble(1.5))),
      (try .init(name: "b", type: .boolean), true), (try .init(name: "l", type: .list), [1, "x"]),
      (try .init(name: "o", type: .object), ["k": [1]]), (try .init(name: "o", type: .object), [:]),
    ]
    for (definition, value) in accepted { try definition.check(value) }
    let refused: [(ArgumentDefinition, JSONValue)] = [
      (word, "a"), (word, "abcd"), (word, "AB"), (word, "ab\n"), (word, 1), (word, nil),
      (whole, .integer(.max)), (whole, .double(try FiniteDouble(1))), (whole, "1"), (whole, true),
      (number, 2), (number, -1), (number, "1"), (try .init(name: "b", type: .boolean), 1),
      (try .init(name: "l", type: .list, maximum: 1), [1, 2]),
      (try .init(name: "o", type: .object), []), (try .init(name: "o", type: .object), "{}"),
    ]
    for (definition, value) in refused {
      #expect { try definition.check(value) } throws: { error in
        PlanError.Code.invalidArgument ~= error
      }
    }
  }

  // Fails when an integer is made a double before it is compared.
  @Test("A whole number and a double are compared exactly, beyond 2⁵³ too")
  func exactBounds() throws {
    let power: Int64 = 1 << 53
    let double = JSONValue.double(try FiniteDouble(0x1p53))
    let most = try ArgumentDefinition(name: "n", type: .number, maximum: double)
    try most.check(.integer(power))
    #expect(errorCode { try most.check(.integer(power + 1)) } == "invalidArgument")
    let least = try ArgumentDefinition(name: "n", type: .number, minimum: .integer(power + 1))
    #expect(errorCode { try least.check(double) } == "invalidArgument")
    let half = JSONValue.double(try FiniteDouble(-1.5))
    let below = try ArgumentDefinition(name: "n", type: .number, maximum: half)
    try below.check(-2)
    #expect(errorCode { try below.check(-1) } == "invalidArgument")
    let above = try ArgumentDefinition(name: "n", type: .number, minimum: .integer(-1))
    #expect(errorCode { try above.check(half) } == "invalidArgument")
    for (extreme, isAbove) in [(0x1p63, true), (-0x1p63, false), (1e300, true), (-1e300, false)] {
      let bound = JSONValue.double(try FiniteDouble(extreme))
      let definition = try ArgumentDefinition(name: "n", type: .number, maximum: bound)
      if isAbove {
        try definition.check(.integer(.max))
      } else {
        #expect(errorCode { try definition.check(.integer(.min + 1)) } == "invalidArgument")
      }
    }
  }

  @Test("A stored definition is read back, also when it would no longer be accepted")
  func stored() throws {
    let definition = try ArgumentDefinition.stored(
      name: "a", type: .string, requirement: .optional(default: "xx"), minimum: nil, maximum: nil,
      pattern: "(.)\\1", description: "")
    #expect(definition.pattern == "(.)\\1")
    let error = #expect(throws: PlanError.self) { try definition.check("xx") }
    #expect(error?.code == .invalidArgument)
    #expect(error?.description.contains("a back-reference (\\1) at character 4") == true)
    #expect(error?.description.contains("update the action") == true)
    // Without a value, the default counts as ever.
    #expect(try ArgumentList([definition]).resolve([:]) == ["a": "xx"])
    let list = try ArgumentDefinition.stored(
      name: "a", type: .number, requirement: .required, minimum: .integer((1 << 53) + 1),
      maximum: .double(FiniteDouble(0x1p53)), pattern: nil, description: "")
    #expect(list.minimum == .integer((1 << 53) + 1))
    #expect(
      errorCode {
        try ArgumentDefinition.stored(
          name: "a", type: .boolean, requirement: .required, minimum: 1, maximum: nil, pattern: nil,
          description: "")
      } == "invalidArgumentDefinition")
  }

  @Test("A use is resolved in the action's order, with defaults and without surprises")
  func resolution() throws {
    let list = try Self.list(
      .init(name: "b", type: .string),
      .init(name: "a", type: .integer, requirement: .optional(default: 7)),
      .init(name: "c", type: .list, requirement: .optional(default: nil)))
    #expect(try list.resolve(["a": 1, "b": "x"]) == ["b": "x", "a": 1])
    #expect(try list.resolve(["b": "x"]) == ["b": "x", "a": 7])
    #expect(throws: PlanError.missingArgument(name: "b")) { try list.resolve([:]) }
    #expect(throws: PlanError.unknownArgument(name: "B")) { try list.resolve(["b": "x", "B": 1]) }
  }

  @Test("No error says the value of an argument")
  func secrets() throws {
    let secret = "hunter2-the-secret"
    let definition = try ArgumentDefinition(name: "token", type: .string, pattern: "[0-9]+")
    do { try definition.check(.string(secret)) } catch {
      #expect(!error.description.contains(secret) && error.description.contains("token"))
    }
    let typed = try ArgumentDefinition(name: "token", type: .integer)
    do { try typed.check(.string(secret)) } catch { #expect(!error.description.contains(secret)) }
  }
}

@Suite("Templates")
struct TemplateTests {
  let arguments = ArgumentList.none

  static func arguments(_ names: String...) throws -> ArgumentList {
    try ArgumentList(
      names.map {
        try ArgumentDefinition(name: $0, type: .string, requirement: .optional(default: nil))
      })
  }

  @Test(
    "are refused with a brace alone or a placeholder without an argument",
    arguments: ["{", "}", "a}b", "{x", "{y}", "{}", "{ x }", "{x}}", "{{x}", "{x\0}", "{X}"])
  func refused(source: String) throws {
    let arguments = try Self.arguments("x")
    #expect {
      try DescriptionTemplate(source, field: "description", arguments: arguments)
    } throws: { error in
      PlanError.Code.invalidTemplate ~= error && (error as? PlanError)?.field == "description"
    }
  }

  // Protection 16: render what was rendered once more, and this fails.
  @Test("are rendered in one pass: a value is never looked at again")
  func singlePass() throws {
    let template = try DescriptionTemplate(
      "{x}{{x}} {y}", field: "f", arguments: Self.arguments("x", "y"))
    let text = try template.render(["x": "{y}{{", "y": "'; DROP TABLE--"], field: "f")
    #expect(text == "{y}{{{x} '; DROP TABLE--")
  }

  @Test("show texts as they are, everything else as JSON, and nothing for what is missing")
  func values() throws {
    let template = try DescriptionTemplate("<{x}>", field: "f", arguments: Self.arguments("x"))
    let double = JSONValue.double(try FiniteDouble(0.5))
    let cases: [(JSONObject, String)] = [
      (["x": "☃\n"], "<☃\n>"), (["x": 1], "<1>"), (["x": double], "<0.5>"),
      (["x": true], "<true>"), (["x": [1, "a"]], "<[1,\"a\"]>"), ([:], "<>"),
    ]
    for (given, text) in cases { #expect(try template.render(given, field: "f") == text) }
  }

  @Test("are limited, and so is what they become, with an error for each")
  func limits() throws {
    let long = String(repeating: "x", count: PlanLimits.templateBytes + 1)
    #expect(
      throws: PlanError.templateTooLarge(
        field: "f", bytes: PlanLimits.templateBytes + 1, limit: PlanLimits.templateBytes)
    ) { try DescriptionTemplate(long, field: "f", arguments: .none) }
    let template = try DescriptionTemplate("{x}{x}", field: "f", arguments: Self.arguments("x"))
    let half = String(repeating: "x", count: PlanLimits.renderedBytes / 2)
    #expect(
      try template.render(["x": .string(half)], field: "f").utf8.count == PlanLimits.renderedBytes)
    #expect(throws: PlanError.renderedTextTooLarge(field: "f", limit: PlanLimits.renderedBytes)) {
      try template.render(["x": .string(half + "x")], field: "f")
    }
  }
}
