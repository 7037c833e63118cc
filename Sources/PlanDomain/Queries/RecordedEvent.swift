/// An event and its place in the order of commits.
public struct RecordedEvent: Hashable, Sendable {
  /// Its place; reading goes on after it.
  public let cursor: EventCursor
  /// The event.
  public let event: PlanEvent

  /// Puts an event and its place together.
  public init(cursor: EventCursor, event: PlanEvent) {
    self.cursor = cursor
    self.event = event
  }
}
