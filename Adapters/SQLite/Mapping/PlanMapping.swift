import PlanDomain
import PlanStorage

/// Binding and reading of the fixed part of a plan, in the order of `Columns.fixed` and
/// `Columns.definition`.
extension StatementRun {
  mutating func bind(fixed definition: PlanDefinition, _ snapshot: ConnectionCache.SnapshotRow) {
    bind(definition.id.ulid)
    bind(snapshot.number)
    bind(snapshot.action)
    bind(definition.idempotencyKey?.description)
    let position = definition.position
    bind(position?.parent.ulid)
    bind(position?.root.ulid)
    bind(position?.depth)
    bind(position?.round)
    bind(position?.index)
    bind(position?.key.description)
  }

  mutating func bind(definition: PlanDefinition) {
    bind(definition.description)
    bind(definition.definitionOfDone)
    bind(JSONValue.object(definition.arguments).serialized())
    bind(definition.projects.isEmpty ? nil : JSONValue(projects: definition.projects).serialized())
    bind(definition.automation)
    let keys = definition.position?.dependsOn ?? []
    bind(keys.isEmpty ? nil : JSONValue.array(keys.map { .string($0.description) }).serialized())
    bind(definition.createdBy)
    bind(definition.createdAt.microseconds)
    if let names = definition.defaultedArguments { bind(texts: names) } else { bindNull() }
    bind(optionalTexts: definition.labels.map { ($0.key.description, $0.value.description) })
    bind(optionalTexts: definition.context.map { ($0.key, $0.value) })
    bind(definition.notBefore)
  }

  /// Reads a plan from the columns that follow its number in the statements of `SQL.planReadText`.
  ///
  /// `snapshot` returns the snapshot of an action with this number.
  mutating func plan(
    numbered number: Int64, _ snapshot: (Int64) throws(StorageError) -> ActionSnapshot
  ) throws(StorageError) -> Plan {
    let id = try id("id")
    let snapshot = try snapshot(integer())
    skip(1)
    let key: Key? = try optionalShort("idempotency_key")
    let position = try position()
    let status = try status("status")
    let progress = try progress(status)
    let definition = try definition(ofPlan: number) { (row) throws(StorageError) in
      try row.definition(id: id, snapshot, key, position)
    }
    return Plan(definition: definition, progress: progress(try documents(ofPlan: number)))
  }

  private mutating func position() throws(StorageError) -> StoredPosition? {
    guard let parent = optionalID() else {
      skip(5)
      return nil
    }
    return StoredPosition(
      parent: parent, root: try id("root"), depth: try count("depth"),
      round: try count("round"), index: try count("position"),
      key: try short("child_key"))
  }

  private mutating func definition(
    id: ULID, _ snapshot: ActionSnapshot, _ key: Key?, _ position: StoredPosition?
  ) throws(StorageError) -> PlanDefinition {
    let (description, definitionOfDone) = (text(), text())
    guard let arguments = try document("arguments").objectValue else { throw damage("arguments") }
    let projects = try projects()
    let automation = try automation()
    var dependsOn: [Key] = []
    if isNull {
      skip(1)
    } else {
      for text in try texts("depends_on") {
        guard let key = try? Key(text) else { throw damage("depends_on") }
        dependsOn.append(key)
      }
    }
    let (createdBy, createdAt) = (optionalText(), time())
    let defaulted = try optionalTexts("defaulted_arguments")
    let (labels, context, notBefore) = (
      try labels(), try textsByKey("context"), optionalTime()
    )
    return PlanDefinition(
      id: Plan.ID(id), action: snapshot, description: description,
      definitionOfDone: definitionOfDone,
      arguments: arguments, defaultedArguments: defaulted, projects: projects,
      automation: automation, idempotencyKey: key, labels: labels, context: context,
      notBefore: notBefore, createdBy: createdBy, createdAt: createdAt,
      position: position.map { position in
        ChildPosition(
          parent: Plan.ID(position.parent), root: Plan.ID(position.root), depth: position.depth,
          round: position.round, index: position.index, key: position.key, dependsOn: dependsOn)
      })
  }

  private mutating func labels() throws(StorageError) -> [Key: Plan.Label.Value] {
    var labels: [Key: Plan.Label.Value] = [:]
    for (name, text) in try textsByKey("labels") {
      guard let key = try? Key(name), let value = try? Plan.Label.Value(text) else {
        throw damage("labels")
      }
      labels[key] = value
    }
    return labels
  }

  /// Reads an object of texts; empty for NULL.
  private mutating func textsByKey(_ column: String) throws(StorageError) -> [String: String] {
    guard let document = try optionalDocument(column) else { return [:] }
    guard let members = document.objectValue else { throw damage(column) }
    var texts: [String: String] = [:]
    for (key, value) in members {
      guard let text = value.stringValue else { throw damage(column) }
      texts[key] = text
    }
    return texts
  }

  /// Binds an object of texts, in the order of the bytes of their keys; NULL when there are none.
  private mutating func bind(optionalTexts texts: [(String, String)]) {
    if texts.isEmpty { return bindNull() }
    let members = texts.sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
      .map { ($0.0, JSONValue.string($0.1)) }
    bind((try? JSONObject(members)).map { JSONValue.object($0).serialized() })
  }

  private mutating func projects() throws(StorageError) -> [ProjectUse] {
    guard let document = try optionalDocument("projects") else { return [] }
    guard let projects = document.projects else { throw damage("projects") }
    return projects
  }
}

/// A child's position without its dependencies, which are read later.
private struct StoredPosition {
  let parent: ULID
  let root: ULID
  let depth: Int
  let round: Int
  let index: Int
  let key: Key
}

extension Plan.Label {
  /// The label in the column `label`: both parts are printable, so a tab separates them.
  var stored: String { "\(key)\t\(value)" }
}

extension JSONValue {
  /// Creates `[[name, alias or null, readOnly], …]` from projects.
  fileprivate init(projects: [ProjectUse]) {
    self = .array(
      projects.map { use in
        .array([
          .string(use.name.description), use.alias.map { .string($0.description) } ?? .null,
          .bool(use.readOnly),
        ])
      })
  }

  /// The projects of a stored list; nil when the value is invalid.
  fileprivate var projects: [ProjectUse]? {
    guard let elements = arrayValue else { return nil }
    let projects = elements.compactMap { element -> ProjectUse? in
      guard let parts = element.arrayValue, parts.count == 3,
        let name = parts[0].stringValue.flatMap({ try? ProjectName($0) }),
        let readOnly = parts[2].boolValue
      else { return nil }
      guard parts[1] != .null else { return ProjectUse(name: name, readOnly: readOnly) }
      guard let alias = parts[1].stringValue.flatMap({ try? ProjectName($0) }) else { return nil }
      return ProjectUse(name: name, alias: alias, readOnly: readOnly)
    }
    return projects.count == elements.count ? projects : nil
  }
}
