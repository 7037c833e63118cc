import Planwright

/// What the list shows of a plan.
struct UploadRow: Identifiable, Equatable {
  let id: Plan.ID
  let title: String
  let status: PlanStatus
  /// The version that the user sees; a command about another one is refused.
  let version: Int
  /// Why the latest attempt failed.
  let failure: String?

  init(_ plan: Plan) {
    id = plan.id
    title = plan.definition.description
    status = plan.status
    version = plan.version
    failure = plan.status.state == .errored ? plan.progress.failure?.message : nil
  }

  /// Whether the draft waits for the user.
  var canPublish: Bool { status == .executeComplete }
  var canRetry: Bool { status.state == .errored }
  var canCancel: Bool { status.state != .cancelled && status != .applyApplied }
}
