import Foundation
import Planwright
import Testing

@testable import planctl

@Suite("The JSON Schema of plan files")
struct SchemaTests {
  @Test("is printed, accepts the example, and every file that planctl accepts")
  func accepted() async throws {
    let text = PlanctlOutput()
    #expect(await PlanctlCommand.run(["schema"], text.console, environment: [:]) == 0)
    let schema = try JSONValue(parsing: text.all)
    #expect(schema == PlanFile.schema)
    let example = try String(contentsOfFile: ExampleTests.file, encoding: .utf8)
    #expect(JSONSchema(schema).faults(in: try JSONValue(parsing: example)) == [])
    for more in [
      "", #", "applyActor": null, "arguments": null, "tags": ["t"], "automation": "manual""#,
      #", "retry": {"attempts": 2, "baseSeconds": 0.5}"#,
      #", "arguments": [{"name": "x", "type": "list", "default": [1]}]"#,
    ] {
      let file = PlanFileTests.file(PlanFileTests.action + more)
      _ = try PlanFile(Array(file.utf8), at: "/f", named: "f")
      #expect(JSONSchema(schema).faults(in: try JSONValue(parsing: file)) == [], "\(more)")
    }
  }

  private static let action = PlanFileTests.action

  @Test(
    "refuses what planctl refuses, as far as a schema can say it",
    arguments: [
      "[]", "{}", #"{"actions": []}"#, #"{"actions": 1}"#, #"{"actions": [1]}"#, #"{"acts": []}"#,
      PlanFileTests.file(action + #", "colour": 1"#), PlanFileTests.file(#""name": "a""#),
      PlanFileTests.file(action.replacing(#""a""#, with: #""a b""#)),
      PlanFileTests.file(action.replacing(#""a""#, with: "5")),
      PlanFileTests.file(action + #", "reusable": 1"#),
      PlanFileTests.file(action + #", "automation": "fast""#),
      PlanFileTests.file(action + #", "retry": {"attempts": 0}"#),
      PlanFileTests.file(action + #", "retry": {"attempts": 1, "baseSeconds": -1}"#),
      PlanFileTests.file(action + #", "tags": ["☃"]"#),
      PlanFileTests.file(action + #", "invariants": [1]"#),
      PlanFileTests.file(action + #", "arguments": [{"name": "x"}]"#),
      PlanFileTests.file(action + #", "arguments": [{"name": "1", "type": "list"}]"#),
      PlanFileTests.file(action + #", "arguments": [{"name": "x", "type": "text"}]"#),
      PlanFileTests.file(action, programs: #"{"p": {}}"#),
      PlanFileTests.file(action, programs: #"{"p": {"command": []}}"#),
      PlanFileTests.file(action, programs: #"{"p": {"command": [""]}}"#),
      PlanFileTests.file(action, programs: #"{"p": {"command": [1]}}"#),
      PlanFileTests.file(action, programs: #"{"p": {"command": ["x"], "cwd": 1}}"#),
      PlanFileTests.file(action, programs: #"{"p": {"command": ["x"], "timeoutSeconds": 0}}"#),
      PlanFileTests.file(action, programs: #"{"p": {"command": ["x"], "timeoutSeconds": "1"}}"#),
      PlanFileTests.file(action, programs: #"{"☃": {"command": ["x"]}}"#),
    ])
  func refused(text: String) throws {
    #expect(throws: FieldError.self) {
      try PlanFile(Array(text.utf8), at: "/f", named: "f")
    }
    #expect(!JSONSchema(PlanFile.schema).faults(in: try JSONValue(parsing: text)).isEmpty)
  }
}

/// As much of JSON Schema as the schema of plan files uses; any other keyword is a fault.
struct JSONSchema {
  private let schema: JSONValue

  init(_ schema: JSONValue) { self.schema = schema }

  /// What is wrong with a value, each with the path in the value.
  func faults(in value: JSONValue, at path: String = "$") -> [String] {
    guard let keywords = schema.objectValue else { return ["\(path): the schema is no object"] }
    return keywords.flatMap { keyword, rule in faults(keyword, rule, value, path) }
  }

  private func faults(
    _ keyword: String, _ rule: JSONValue, _ value: JSONValue, _ path: String
  ) -> [String] {
    switch keyword {
    case "$schema", "title": return []
    case "anyOf":
      let all = (rule.arrayValue ?? []).map { JSONSchema($0).faults(in: value, at: path) }
      return all.contains([]) ? [] : all.flatMap { $0 }
    case "properties", "required", "additionalProperties", "propertyNames":
      return value.objectValue.map { members($0, keyword, rule, path) } ?? []
    case "items", "prefixItems":
      return elements(value.arrayValue ?? [], keyword, rule, path)
    default: return holds(keyword, rule, value) ? [] : ["\(path): \(keyword)"]
    }
  }

  private func members(
    _ members: JSONObject, _ keyword: String, _ rule: JSONValue, _ path: String
  ) -> [String] {
    let known = Set(schema["properties"]?.objectValue?.map(\.key) ?? [])
    switch keyword {
    case "properties":
      return members.flatMap { name, member in
        rule[name].map { JSONSchema($0).faults(in: member, at: "\(path).\(name)") } ?? []
      }
    case "required":
      return (rule.arrayValue ?? []).compactMap(\.stringValue)
        .filter { members[$0] == nil }.map { "\(path): \($0) is missing" }
    case "propertyNames":
      return members.flatMap { name, _ in JSONSchema(rule).faults(in: .string(name), at: path) }
    default:
      return members.filter { !known.contains($0.key) }.flatMap { name, member in
        rule == false
          ? ["\(path): \(name)"] : JSONSchema(rule).faults(in: member, at: "\(path).\(name)")
      }
    }
  }

  private func elements(
    _ elements: [JSONValue], _ keyword: String, _ rule: JSONValue, _ path: String
  ) -> [String] {
    let rules = keyword == "items" ? elements.map { _ in rule } : rule.arrayValue ?? []
    return zip(elements, rules).enumerated().flatMap { index, pair in
      JSONSchema(pair.1).faults(in: pair.0, at: "\(path)[\(index)]")
    }
  }

  private func holds(_ keyword: String, _ rule: JSONValue, _ value: JSONValue) -> Bool {
    let number = value.doubleValue
    let bound = rule.doubleValue ?? .nan
    switch keyword {
    case "type": return isOfType(rule.stringValue ?? "", value)
    case "enum": return rule.arrayValue?.contains(value) ?? false
    case "minItems": return value.arrayValue.map { Double($0.count) >= bound } ?? true
    case "minLength": return value.stringValue.map { Double($0.count) >= bound } ?? true
    case "maxLength": return value.stringValue.map { Double($0.count) <= bound } ?? true
    case "minimum": return number.map { $0 >= bound } ?? true
    case "maximum": return number.map { $0 <= bound } ?? true
    case "exclusiveMinimum": return number.map { $0 > bound } ?? true
    case "pattern":
      guard let text = value.stringValue, let pattern = rule.stringValue else { return true }
      return text.range(of: pattern, options: .regularExpression) != nil
    default: return false
    }
  }

  private func isOfType(_ type: String, _ value: JSONValue) -> Bool {
    switch type {
    case "object": value.objectValue != nil
    case "array": value.arrayValue != nil
    case "string": value.stringValue != nil
    case "boolean": value.boolValue != nil
    case "number": value.doubleValue != nil
    case "integer": value.integerValue != nil
    case "null": value == .null
    default: false
    }
  }
}
