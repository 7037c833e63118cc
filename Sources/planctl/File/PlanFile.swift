import Foundation
import Planwright

/// The contents of a plan file: actions, and a program for each of their actors.
struct PlanFile: Sendable {
  /// The program of an actor.
  struct Program: Sendable {
    let command: [String]
    let timeout: Duration
  }

  /// The absolute path of the file.
  let path: String
  /// The actions, in the order of the file; the first one is the default action to run.
  let actions: [ActionDefinition]
  /// The programs by actor.
  let programs: [ActorName: Program]

  /// Reads and validates a file; throws a `FieldError` that names the file and the key.
  init(path: String) throws(FieldError) {
    let absolute = URL(fileURLWithPath: path).standardizedFileURL.path
    let bytes: [UInt8]
    do { bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path))) } catch {
      let exists = FileManager.default.fileExists(atPath: path)
      throw FieldError(
        document: path, path: "",
        reason: exists ? "the file cannot be read" : "the file does not exist")
    }
    try self.init(bytes, at: absolute, named: path)
  }

  /// Validates the bytes of a file; errors contain `path` as the name of the file.
  init(_ bytes: [UInt8], at absolute: String, named path: String) throws(FieldError) {
    if bytes.isEmpty { throw FieldError(document: path, path: "", reason: "the file is empty") }
    try self.init(absolute, Field(parsing: bytes, document: path))
  }

  private init(_ path: String, _ root: Field) throws(FieldError) {
    self.path = path
    try root.checkKeys(["actions", "programs"])
    let fields = try root.required("actions")
    actions = try fields.elements().map { (field) throws(FieldError) in
      try ActionDefinition(field)
    }
    guard !actions.isEmpty else { throw fields.error("expected at least one action") }
    programs = try Self.programs(try root.required("programs"))
    try checkActors(root)
  }

  private static func programs(_ field: Field) throws(FieldError) -> [ActorName: Program] {
    var programs: [ActorName: Program] = [:]
    for (key, _) in try field.members() {
      let field = try field.required(key)
      let actor = try field.checked { () throws(PlanError) in try ActorName(key) }
      try field.checkKeys(["command", "timeoutSeconds"])
      let command = try field.required("command")
      let words = try command.elements().map { (word) throws(FieldError) in try word.string() }
      guard words.first?.isEmpty == false else {
        throw command.error("expected the name of a program as the first element")
      }
      programs[actor] = Program(
        command: words, timeout: try field.optional("timeoutSeconds")?.seconds() ?? .seconds(600))
    }
    return programs
  }

  private func checkActors(_ root: Field) throws(FieldError) {
    var names: Set<ActionName> = []
    for (index, action) in actions.enumerated() {
      guard names.insert(action.name).inserted else {
        throw FieldError(
          document: root.document, path: "actions[\(index)].name",
          reason: "another action in the file has this name")
      }
      for phase in PlanPhase.allCases where programs[action.actors[phase]] == nil {
        throw FieldError(
          document: root.document, path: "programs",
          reason: "missing program for the actor '\(action.actors[phase])' of \(action.name)")
      }
    }
  }
}
