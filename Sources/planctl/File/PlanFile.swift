import Foundation
import Planwright

/// The contents of a plan file: actions, and a program for each of their actors.
struct PlanFile: Sendable {
  /// The program of an actor.
  struct Program: Sendable {
    let command: [String]
    var timeout: Duration = standardTimeout

    /// The timeout of a program whose file names none.
    static let standardTimeout = Duration.seconds(600)
    /// The longest word that systems accept, in bytes, with the zero byte at its end.
    static let longestWord = 128 << 10
  }

  /// The absolute path of the file.
  let path: String
  /// The name of the file in errors.
  let name: String
  /// The folder of the file, with links resolved: programs with a relative path are found in it.
  let folder: String
  /// The actions, in the order of the file; the first one is the default action to run.
  ///
  /// In a file with programs their actors carry the digests of their programs.
  let actions: [ActionDefinition]
  /// The definitions of the actions as JSON, as they are in the file.
  let texts: [ActionName: String]
  /// The programs by actor, as in `actions`; nil when the file has none.
  let programs: [ActorName: Program]?

  /// Reads and validates a file; `-` is standard input, in the current folder.
  ///
  /// Throws a `FieldError` that names the file and the key.
  init(path: String) throws(FieldError) {
    let bytes = try InputFile.bytes(path)
    let absolute = URL(fileURLWithPath: path).standardizedFileURL.path
    try self.init(bytes, at: absolute, named: path == "-" ? "standard input" : path)
  }

  /// Validates the bytes of a file; errors contain `name` as the name of the file.
  init(_ bytes: [UInt8], at absolute: String, named name: String) throws(FieldError) {
    if bytes.isEmpty {
      throw FieldError(
        document: name, path: "",
        reason: "the file is empty; 'planctl help file' describes what it contains")
    }
    try self.init(absolute, Field(parsing: bytes, document: name))
  }

  private init(_ path: String, _ root: Field) throws(FieldError) {
    self.path = path
    name = root.document
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
      .resolvingSymlinksInPath().path
    self.folder = folder
    try root.checkKeys(["actions", "programs"])
    let programs = try root.optional("programs").map(Self.programs)
    var stored: [ActorName: ActorName] = [:]
    for (actor, program) in programs ?? [:] {
      let field = root.child("programs").child(actor.description)
      stored[actor] = try field.checked { () throws(PlanError) in
        try ActorName(actor, playedBy: program.digest(in: folder))
      }
    }
    let fields = try root.required("actions")
    let elements = try fields.elements()
    actions = try elements.map { (field) throws(FieldError) in
      try ActionDefinition(field, actors: programs == nil ? nil : stored)
    }
    texts = Dictionary(zip(actions.map(\.name), elements.map { $0.value.serialized() })) { $1 }
    guard !actions.isEmpty else { throw fields.error("expected at least one action") }
    self.programs = programs.map { programs in
      Dictionary(
        uniqueKeysWithValues: programs.compactMap { actor, program in
          stored[actor].map { ($0, program) }
        })
    }
    try checkNames(elements)
    if programs != nil { try checkVariables(elements) }
  }

  /// The programs; throws a `FieldError` when the file has none.
  func requiredPrograms() throws(FieldError) -> [ActorName: Program] {
    guard let programs else {
      throw FieldError(
        document: name, path: "programs",
        reason: "this key is missing; to run plans, each actor needs a program")
    }
    return programs
  }

  private static func programs(_ field: Field) throws(FieldError) -> [ActorName: Program] {
    var programs: [ActorName: Program] = [:]
    for (key, _) in try field.members() {
      let field = try field.required(key)
      let actor = try field.checked { () throws(PlanError) in try ActorName(key) }
      guard key.utf8.count <= ActorName.longestInFile, !actor.hasDigest else {
        throw field.error(
          actor.hasDigest
            ? "a name must not end with '@' and 16 hexadecimal digits; choose another one"
            : "expected a name of at most \(ActorName.longestInFile) bytes; the store adds '@' and "
              + "the 16 digits of the program's digest")
      }
      programs[actor] = try Program(field)
    }
    return programs
  }

  private func checkNames(_ fields: [Field]) throws(FieldError) {
    var names: Set<ActionName> = []
    for (action, field) in zip(actions, fields) {
      guard names.insert(action.name).inserted else {
        throw field.child("name").error("another action in the file has this name")
      }
    }
  }

  /// Throws when two arguments of an action would be one environment variable.
  private func checkVariables(_ fields: [Field]) throws(FieldError) {
    for (action, field) in zip(actions, fields) {
      var names: [String: String] = [:]
      for argument in action.arguments.definitions {
        let variable = ProgramEnvironment.variable(of: argument.name)
        guard let other = names.updateValue(argument.name, forKey: variable) else { continue }
        throw field.child("arguments").error(
          "'\(other)' and '\(argument.name)' would be one environment variable, \(variable); "
            + "rename one of them")
      }
    }
  }
}

extension PlanFile.Program {
  /// Reads the program of an actor from a plan file.
  init(_ field: Field) throws(FieldError) {
    try field.checkKeys(["command", "timeoutSeconds"])
    let list = try field.required("command")
    let elements = try list.elements()
    command = try elements.map { (word) throws(FieldError) in
      let text = try word.string()
      guard text.utf8.count < Self.longestWord else {
        throw word.error(
          "this word has \(text.utf8.count) bytes, but no program can be started with a word of "
            + "128 KiB or more; put the text into a file")
      }
      guard !text.utf8.contains(0) else {
        throw word.error("a word of a command cannot contain a NUL character; remove it")
      }
      return text
    }
    guard command.first?.isEmpty == false else {
      throw list.error("expected the name of a program as the first element")
    }
    guard let limit = try field.optional("timeoutSeconds") else { return }
    timeout = try limit.seconds()
    guard timeout > .zero else {
      throw limit.error("expected a number above 0; a program needs time to run")
    }
  }
}
