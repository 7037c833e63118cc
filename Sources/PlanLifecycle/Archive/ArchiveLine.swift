import PlanDomain
import PlanStorage

/// A line of an archive.
enum ArchiveLine {
  case header
  case action(Action)
  case plan(Plan)
  case event(PlanEvent)
  case end(actions: Int, plans: Int, events: Int)

  /// Reads the document of a line; nil when it is none of these.
  ///
  /// Throws `corrupt`, which names the member that is invalid.
  init?(_ document: JSONValue) throws(StorageError) {
    guard let members = document.objectValue, members.count == 2, let first = members.first,
      document["check"] != nil
    else { return nil }
    switch first.key {
    case "header": self = .header
    case "action": self = .action(try PortableForm.action(from: first.value))
    case "plan": self = .plan(try PortableForm.plan(from: first.value))
    case "event": self = .event(try PortableForm.event(from: first.value))
    case "end":
      let counts = ["actions", "plans", "events"].map { first.value[$0]?.integerValue }
      guard let actions = counts[0], let plans = counts[1], let events = counts[2] else {
        return nil
      }
      self = .end(actions: Int(actions), plans: Int(plans), events: Int(events))
    default: return nil
    }
  }
}
