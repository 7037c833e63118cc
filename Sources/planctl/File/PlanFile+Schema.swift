import Planwright

extension PlanFile {
  /// The JSON Schema (draft 2020-12) of plan files.
  static let schema = object(
    [
      ("actions", ["type": "array", "minItems": 1, "items": action]),
      (
        "programs",
        orNull([
          "type": "object", "additionalProperties": program,
          "propertyNames": [
            "minLength": 1, "maxLength": .integer(Int64(ActorName.longestInFile)),
            "pattern": "^[ -~]+$",
          ],
        ])
      ),
    ], required: ["actions"],
    [
      ("$schema", "https://json-schema.org/draft/2020-12/schema"), ("title", "planctl plan file"),
    ])

  private static let action = object(
    [
      (
        "name",
        [
          "type": "string", "maxLength": 128,
          "pattern": "^([A-Za-z0-9][A-Za-z0-9_-]*/)?[A-Za-z0-9][A-Za-z0-9_-]*$",
        ]
      ),
      ("description", text), ("longDescription", orNull(["type": "string"])),
      ("definitionOfDone", text), ("strategyActor", actor), ("executionActor", actor),
      ("applyActor", orNull(actor)),
      ("arguments", orNull(["type": "array", "items": argument])),
      ("invariants", orNull(["type": "array", "items": ["type": "string"]])),
      ("reusable", flag), ("readOnly", flag),
      ("automation", orNull(["enum": ["manual", "review", "auto"]])),
      ("retry", orNull(retry)),
      ("tags", orNull(["type": "array", "items": shortText(128)])),
    ],
    required: [
      "name", "description", "definitionOfDone", "strategyActor", "executionActor",
    ])

  private static let argument = object(
    [
      (
        "name",
        ["type": "string", "maxLength": 64, "pattern": "^[A-Za-z][A-Za-z0-9_-]*$"]
      ),
      ("type", ["enum": .array(ArgumentType.allCases.map { .string($0.rawValue) })]),
      ("required", flag), ("default", [:]),
      ("minimum", orNull(["type": "number"])), ("maximum", orNull(["type": "number"])),
      ("pattern", orNull(["type": "string"])), ("description", orNull(["type": "string"])),
    ], required: ["name", "type"])

  private static let retry = object(
    [
      ("attempts", ["type": "integer", "minimum": 1]), ("baseSeconds", orNull(seconds)),
      ("capSeconds", orNull(seconds)),
    ], required: ["attempts"])

  private static let program = object(
    [
      (
        "command",
        [
          "type": "array", "minItems": 1, "items": ["type": "string"],
          "prefixItems": [["type": "string", "minLength": 1]],
        ]
      ),
      (
        "timeoutSeconds",
        orNull(["type": "number", "exclusiveMinimum": 0, "maximum": 31_536_000])
      ),
    ], required: ["command"])

  private static let text: JSONValue = ["type": "string", "minLength": 1]
  private static let flag = orNull(["type": "boolean"])
  private static let seconds: JSONValue = [
    "type": "number", "minimum": 0, "maximum": 31_536_000,
  ]
  private static let actor = shortText(ActorNameRule.longest)

  /// Printable ASCII.
  private static func shortText(_ longest: Int) -> JSONValue {
    [
      "type": "string", "minLength": 1, "maxLength": .integer(Int64(longest)),
      "pattern": "^[ -~]+$",
    ]
  }

  /// A key that may be missing may be null as well.
  private static func orNull(_ schema: JSONValue) -> JSONValue {
    ["anyOf": [schema, ["type": "null"]]]
  }

  /// An object without other keys.
  private static func object(
    _ properties: [JSONObject.Member], required: [String], _ more: [JSONObject.Member] = []
  ) -> JSONValue {
    .object(
      more + [
        ("type", "object"), ("properties", .object(properties)),
        ("required", .array(required.map { .string($0) })), ("additionalProperties", false),
      ])
  }
}
