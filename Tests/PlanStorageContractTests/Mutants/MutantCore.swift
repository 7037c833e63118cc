import Foundation
import PlanDomain
import PlanStorage
import PlanStorageContract
import TestSupport

/// What all engines of one mutant store share.
final class MutantCore: Sendable {
  let name = UUID().uuidString
  let writers = Locked(0)
  let reads = Locked(0)
  let writes = Locked(0)
  let state = Locked(State())
  /// A store whose readers do not keep units of work out.
  let unlocked = ReferenceEngine()

  /// What a mutant remembers.
  struct State: Sendable {
    var definitions: [Plan.ID: PlanDefinition] = [:]
    var removedEvents: [RecordedEvent] = []
    var appended = 0
    /// The number of removed trees, also of units of work that were rolled back.
    var removedTrees: Int64 = 0
    /// The number of events that the running unit of work has appended.
    var appendedInUnit = 0
    /// Events that the feed does not show.
    var hidden: Set<PlanEvent> = []
    /// The latest place after which the feed was read.
    var followed = EventCursor.start
    /// When the plan was ready that was saved last.
    var readyAt: Timestamp?
    /// Whether the running unit of work had a method refused.
    var isAborted = false
  }
}
