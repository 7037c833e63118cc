/// Who gave an operator's command, and why; recorded in the command's event.
package struct CommandOrigin: Hashable, Sendable {
  /// The person or program that gave the command.
  package let by: String?
  /// The reason, for people.
  package let note: String?

  /// Creates an origin; throws `textTooLarge`, or `invalidText` for an empty `by`.
  package init(by: String?, note: String?) throws(PlanError) {
    if let by { try PlanLimits.checkText(by, field: "by", required: true) }
    if let note { try PlanLimits.checkText(note, field: "note", required: false) }
    self.by = by
    self.note = note
  }
}
