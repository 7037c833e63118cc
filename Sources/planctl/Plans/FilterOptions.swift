import Planwright

/// The options by which commands select plans.
struct FilterOptions: Sendable {
  static let all: [CommandSpecification.Option] = [
    .init("--phase", "PHASE", "only plans in this phase: strategize, execute or apply"),
    .init(
      "--state", "STATE",
      "only plans in this state: \(PlanState.allCases.map(\.rawValue).joined(separator: ", "))"),
    .init("--action", "NAME", "only plans of this action, as in local/backup"),
    .init("--namespace", "NAME", "only plans of this namespace's actions"),
    .init("--project", "NAME", "only plans that work on this project"),
    .init("--label", "KEY=VALUE", "only plans with this label"),
    .init("--parent", "ID", "only the children of this plan"),
    .init("--root", "ID", "only this plan and its descendants"),
  ]

  private let phase: PlanPhase?
  private let state: PlanState?
  private let action: ActionName?
  private let namespace: String?
  private let project: ProjectName?
  private let label: Plan.Label?
  private let parent: PlanReference?
  private let root: PlanReference?
  /// Whether one of the options was given.
  let isGiven: Bool

  /// Reads the options; throws `UsageError`, or `PlanError` for an invalid name.
  init(_ words: CommandWords) throws {
    isGiven = Self.all.contains { words.has($0.name) }
    phase = try Self.word("--phase", of: PlanPhase.self, words)
    state = try Self.word("--state", of: PlanState.self, words)
    action = try words.value(of: "--action").map { try ActionName($0) }
    namespace = words.value(of: "--namespace")
    project = try words.value(of: "--project").map { try ProjectName($0) }
    let pair = try words.pairs("--label").first
    label = try pair.map { Plan.Label(try Key($0.name), try Plan.Label.Value($0.text)) }
    parent = try words.value(of: "--parent").map { try PlanReference($0) }
    root = try words.value(of: "--root").map { try PlanReference($0) }
  }

  /// The filter; throws as `PlanReference.find` does for the plans that the options name.
  func filter(in snapshot: borrowing PlanSnapshot) throws -> PlanFilter {
    PlanFilter(
      phase: phase, state: state, action: action, namespace: namespace, project: project,
      label: label, parent: try parent?.find(in: snapshot).id,
      root: try root?.find(in: snapshot).id)
  }

  private static func word<Value: RawRepresentable & CaseIterable>(
    _ option: String, of: Value.Type, _ words: CommandWords
  ) throws(UsageError) -> Value? where Value.RawValue == String {
    guard let text = words.value(of: option) else { return nil }
    guard let value = Value(rawValue: text) else {
      let all = Value.allCases.map(\.rawValue).joined(separator: ", ")
      throw words.error("\(option): expected one of \(all), not '\(text)'")
    }
    return value
  }
}
