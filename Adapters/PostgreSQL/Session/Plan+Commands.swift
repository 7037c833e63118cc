import PlanDomain
import PlanStorage

/// The commands that write a plan.
extension Plan {
  /// Inserts the plan with what belongs to it.
  func insertingCommands(action: Int64, lastEvent: Int) -> [PostgreSQLCommand] {
    let group = PostgreSQLValue.int(Int(StatusGroup(status).rawValue))
    var commands = [
      PostgreSQLCommand(
        SQL.insertPlan,
        [.document(definition.portable)] + insertedValues(action: action, lastEvent: lastEvent))
    ]
    let projects = Set(definition.projects.map(\.name.description))
    if !projects.isEmpty {
      commands.append(
        PostgreSQLCommand(SQL.insertProjects, [.texts(projects.sorted()), group, .id(id)]))
    }
    if !definition.labels.isEmpty {
      let labels = definition.labels.map { Plan.Label($0.key, $0.value).stored }
      commands.append(
        PostgreSQLCommand(SQL.insertLabels, [.texts(labels.sorted()), group, .id(id)]))
    }
    if let position = definition.position, !position.dependsOn.isEmpty {
      let keys = Set(position.dependsOn.map(\.description))
      commands.append(
        PostgreSQLCommand(
          SQL.insertDependencies,
          [
            .texts(keys.sorted()), .id(position.parent), .int(position.round),
            .int(position.index), .id(id),
          ]))
    }
    return commands
  }

  /// Writes the changing part of the plan over that of `stored`; nothing where nothing differs.
  func savingCommands(
    replacing stored: Plan, lastEvent: Int, before: Int
  ) -> [PostgreSQLCommand] {
    if lastEvent == before, progress == stored.progress { return [] }
    // Compares references: most transitions keep the object of the documents.
    let hasNewDocuments = progress.documents !== stored.progress.documents
    var values: [PostgreSQLValue] = [
      .id(id), .int(stored.version), .int(stored.progress.epoch),
    ]
    values += savedValues(lastEvent: lastEvent)
    if hasNewDocuments { values.append(.document(progress.documents?.portable)) }
    var commands = [
      PostgreSQLCommand(hasNewDocuments ? SQL.savePlanAndDocuments : SQL.savePlan, values)
    ]
    let group = StatusGroup(status)
    guard group != StatusGroup(stored.status) else { return commands }
    let moved: [PostgreSQLValue] = [.id(id), .int(Int(group.rawValue))]
    if !definition.projects.isEmpty {
      commands.append(PostgreSQLCommand(SQL.saveProjectGroup, moved))
    }
    if !definition.labels.isEmpty {
      commands.append(PostgreSQLCommand(SQL.saveLabelGroup, moved))
    }
    return commands
  }
}
