public import PlanDomain

/// Plans, actions and events as JSON documents with every field, for stores that keep text.
///
/// The documents are stable: later versions read what earlier ones made. The functions are not
/// members of the values, because Swift offers the members of every loaded module also to a host
/// that imports only `Planwright`.
///
/// ```swift
/// let text = PortableForm.document(of: plan).serialized()
/// let same = try PortableForm.plan(from: JSONValue(parsing: text))
/// ```
public enum PortableForm {
  /// Returns the document of a plan.
  public static func document(of plan: Plan) -> JSONValue { plan.portable }

  /// Returns the document of the changing part of a plan.
  public static func document(of progress: PlanProgress) -> JSONValue { progress.portable }

  /// Returns the document of an action.
  public static func document(of action: Action) -> JSONValue { action.portable }

  /// Returns the document of an event.
  public static func document(of event: PlanEvent) -> JSONValue { event.portable }

  /// Creates the plan of a document that ``document(of:)-(Plan)`` has made, also in an older
  /// version.
  ///
  /// - Throws: ``Planwright/StorageError/Code/corrupt``, which names the invalid member and no
  ///   value.
  public static func plan(from document: JSONValue) throws(StorageError) -> Plan {
    try Plan(portable: document)
  }

  /// Creates the changing part of a plan.
  ///
  /// - Throws: ``Planwright/StorageError/Code/corrupt``, which names the invalid member and no
  ///   value.
  public static func progress(from document: JSONValue) throws(StorageError) -> PlanProgress {
    try PlanProgress(portable: document)
  }

  /// Creates the action of a document.
  ///
  /// - Throws: ``Planwright/StorageError/Code/corrupt``, which names the invalid member and no
  ///   value.
  public static func action(from document: JSONValue) throws(StorageError) -> Action {
    try Action(portable: document)
  }

  /// Creates the event of a document.
  ///
  /// - Throws: ``Planwright/StorageError/Code/corrupt``, which names the invalid member and no
  ///   value.
  public static func event(from document: JSONValue) throws(StorageError) -> PlanEvent {
    try PlanEvent(portable: document)
  }
}
