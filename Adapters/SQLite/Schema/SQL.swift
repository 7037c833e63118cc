/// The statements of the adapter; each is a constant, and all values are bound as parameters.
enum SQL: Int, CaseIterable {
  case begin, beginImmediate, commit, rollback, savepoint, releaseSavepoint, rollbackToSavepoint
  case schemaVersion
  case planByID, planByNumber, planByUse, children, startable, dependents
  case planNumber, definitionOfPlan, documentsOfPlan
  case pageOfAllNewest, pageOfAllOldest, pageOfActionNewest, pageOfActionOldest
  case pageOfProjectNewest, pageOfProjectOldest, pageOfTreeNewest, pageOfTreeOldest
  case pageOfChildrenNewest, pageOfChildrenOldest, pageOfLabelNewest, pageOfLabelOldest
  case listsNewest, listsOldest, listsOfNamespaceNewest, listsOfNamespaceOldest
  case listNewest, listOldest
  case countsOfAll, countsOfNamespace, countsOfAction, countOfProject, countOfLabel, saveCount
  case statusesOfTree, statusesOfChildren
  case due, queuedActors, actorNumber, insertActor
  case insertPlan, insertDefinition, insertDocuments, removeDocuments
  case insertProject, insertLabel, insertDependency
  case saveProgress, saveProgressAndGroup, saveProgressAndDocuments, saveProgressGroupAndDocuments
  case saveProjectGroup, saveLabelGroup
  case removeDocumentsOfTree, removeDefinitions, removeProjects, removeLabels,
    removeDependencies
  case removeDescendants, removePlan, isRoot, listsOfTree, latestEventsOfTree
  case actionByName, actionNumber, namespaceNumber, insertNamespace, insertAction
  case saveAction, actionsNewest, actionsOldest, namespaceActionsNewest, namespaceActionsOldest
  case termsByNumber, termsOfAction, insertTerms
  case insertEvent, removeEvent, insertPositionMarker, removePositionMarkers, saveLatestEvent
  case lastPosition, latestEvent, eventChain, eventOfSixteen, eventOfPlan, previousEvent
  case eventsOfAll, feedState, countPurge

  /// The text of the statement; empty, which SQLite cannot prepare, if a case has no text.
  var text: String {
    transactionText ?? planReadText ?? planWriteText ?? pageText ?? actionText ?? eventText ?? ""
  }

  private var transactionText: String? {
    switch self {
    case .begin: "BEGIN"
    case .beginImmediate: "BEGIN IMMEDIATE"
    case .commit: "COMMIT"
    case .rollback: "ROLLBACK"
    case .savepoint: "SAVEPOINT unit_of_work"
    case .releaseSavepoint: "RELEASE unit_of_work"
    case .schemaVersion: "PRAGMA user_version"
    case .rollbackToSavepoint: "ROLLBACK TO unit_of_work"
    default: nil
    }
  }
}

/// The columns of the tables, in the order in which the mapping binds and reads them.
enum Columns {
  /// The columns by which a plan is found and which never change.
  static let fixed = [
    "id", "terms", "action", "idempotency_key", "parent", "root", "depth", "round", "position",
    "child_key",
  ]
  /// The columns that a transition changes.
  static let progress = [
    "version", "attempt", "reversion_count", "epoch", "lease_owner", "lease_expires_at",
    "lease_ends_at",
    "ready_at",
    "unmet_dependencies", "updated_at", "strategize_queued_at", "strategize_started_at",
    "strategize_ended_at", "execute_queued_at", "execute_started_at", "execute_ended_at",
    "apply_queued_at", "apply_started_at", "apply_ended_at", "spawn_round", "spawn_mode",
    "spawn_max_parallel", "spawn_fail_fast", "spawn_total", "spawn_ended", "spawn_holding",
  ]
  /// The columns that are computed from a plan for the indexes; they are never read back.
  static let derived = ["due_list", "due_at", "is_startable"]
  /// The texts that never change; in `plan`, or in `plan_definition` if they are long.
  static let definition = [
    "description", "definition_of_done", "arguments", "projects", "automation", "depends_on",
    "created_by", "created_at", "defaulted_arguments", "labels", "context", "not_before",
  ]
  /// The documents; in `plan`, or in `plan_documents` if they are long.
  static let documents = [
    "strategize", "execute", "apply", "checkpoint_step", "checkpoint_data", "failure_code",
    "failure_message", "failure_detail", "failure_retryable", "failure_retry_after", "input",
    "report",
  ]
  /// The columns that are written with the documents.
  static let savedDocuments = documents + ["documents"]
  static let action = [
    "description", "long_description", "definition_of_done", "strategy_actor", "execution_actor",
    "apply_actor", "arguments", "invariants", "reusable", "read_only", "automation",
    "retry_attempts", "retry_base", "retry_cap", "attempt_timeout", "tags", "created_by", "state",
    "version",
    "created_at", "updated_at",
  ]
  static let snapshot = [
    "action_version", "strategy_actor", "execution_actor", "apply_actor", "invariants",
    "retry_attempts", "retry_base", "retry_cap", "read_only", "attempt_timeout",
  ]
  static let event = [
    "sequence", "command", "status_before", "status_after", "at", "attempt", "epoch",
    "detail_kind", "detail", "author", "note",
  ]
  /// The columns of a new plan.
  static let plan =
    fixed + ["status_group", "status"] + progress + derived + ["last_event"] + definition
    + savedDocuments
}

extension [String] {
  /// Returns the columns as a list, each with the prefix, as in `p.a, p.b`.
  func list(_ prefix: String = "") -> String { map { prefix + $0 }.joined(separator: ", ") }
  /// A parameter for each column, as in `?, ?, ?`.
  var marks: String { map { _ in "?" }.joined(separator: ", ") }
  /// An assignment to each column, as in `a = ?, b = ?`.
  var assignments: String { map { "\($0) = ?" }.joined(separator: ", ") }
}
