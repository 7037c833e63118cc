import Foundation
import Planwright

/// What a plan file holds: actions, and the programs that play their actors.
struct PlanFile: Sendable {
  /// The program that plays an actor.
  struct Program: Sendable {
    let command: [String]
    let timeout: Duration
  }

  /// The file's path, absolute.
  let path: String
  /// The actions, in the file's order; the first one is run unless another is named.
  let actions: [ActionDefinition]
  /// The programs by the actor that they play.
  let programs: [ActorName: Program]

  /// Reads and checks a file; throws `FieldError` naming the file and the key.
  init(path: String) throws(FieldError) {
    let absolute = URL(fileURLWithPath: path).standardizedFileURL.path
    let bytes: [UInt8]
    do { bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path))) } catch {
      let isThere = FileManager.default.fileExists(atPath: path)
      throw FieldError(
        document: path, path: "", reason: isThere ? "it cannot be read" : "there is no such file")
    }
    try self.init(bytes, at: absolute, named: path)
  }

  /// Checks what a file holds; errors name it as the user did.
  init(_ bytes: [UInt8], at absolute: String, named path: String) throws(FieldError) {
    if bytes.isEmpty { throw FieldError(document: path, path: "", reason: "it is empty") }
    try self.init(absolute, Field(parsing: bytes, document: path))
  }

  private init(_ path: String, _ root: Field) throws(FieldError) {
    self.path = path
    try root.checkKeys(["actions", "programs"])
    let fields = try root.required("actions")
    actions = try fields.elements().map { (field) throws(FieldError) in
      try ActionDefinition(field)
    }
    guard !actions.isEmpty else { throw fields.wrong("at least one action was expected") }
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
        throw command.wrong("the name of a program was expected")
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
          reason: "there is another action of this name")
      }
      for phase in PlanPhase.allCases where programs[action.actors[phase]] == nil {
        throw FieldError(
          document: root.document, path: "programs",
          reason: "there is none for the actor '\(action.actors[phase])' of \(action.name)")
      }
    }
  }
}
