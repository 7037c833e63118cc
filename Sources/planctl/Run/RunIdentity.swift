import Planwright

/// What makes two runs the same: the plan file, the action and the arguments.
///
/// Labels of the plan tell it, so that the same command finds the plan again.
struct RunIdentity: Sendable {
  /// The label that the file, the action and the arguments have in common.
  static let runLabel: Key = "planctl.run"
  /// The label of the action's version, with its programs.
  static let versionLabel: Key = "planctl.version"

  /// The hash of the file's path, the action's name and the arguments.
  let run: Plan.Label.Value
  /// The hash of the action's definition and of its programs.
  let version: Plan.Label.Value
  let arguments: JSONObject

  init(of action: ActionDefinition, arguments: JSONObject, in file: PlanFile) throws(PlanError) {
    var digest = ProgramDigest()
    for part in [file.path, action.name.description, JSONValue.object(arguments).serialized()] {
      digest.add(part)
    }
    run = try Plan.Label.Value(digest.text)
    digest = ProgramDigest()
    digest.add(file.texts[action.name] ?? "")
    for phase in PlanPhase.allCases { digest.add(action.actors[phase].description) }
    version = try Plan.Label.Value(digest.text)
    self.arguments = arguments
  }

  var labels: [Key: Plan.Label.Value] {
    [Self.runLabel: run, Self.versionLabel: version]
  }

  /// Whether a plan was created by this command with this version of the action.
  ///
  /// Compares the arguments too, because hashes of others can be equal.
  func isSame(_ plan: Plan) -> Bool { isOfOtherVersion(plan) == false }

  /// Whether the plan of this command has another version; nil when it is of another command.
  func isOfOtherVersion(_ plan: Plan) -> Bool? {
    let labels = plan.definition.labels
    guard plan.definition.arguments == arguments, labels[Self.runLabel] == run else { return nil }
    return labels[Self.versionLabel] != version
  }
}
