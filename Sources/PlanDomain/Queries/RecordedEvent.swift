/// An event and its position in the order of commits.
public struct RecordedEvent: Hashable, Sendable {
  /// The position; pass it to read the events after this one.
  public let cursor: EventCursor
  /// The event.
  public let event: PlanEvent

  /// Creates a recorded event.
  public init(cursor: EventCursor, event: PlanEvent) {
    self.cursor = cursor
    self.event = event
  }
}
