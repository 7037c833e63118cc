import PlanDomain
import PlanStorage

/// Where the documents of a plan are stored; the raw values are those of the column `documents`.
enum DocumentsPlace: Int {
  case none, row, apart
}

/// What is kept in the row of a plan, and what is too long for it and kept in another table.
///
/// A transition writes the whole row, so it must stay short; but a row of another table costs a
/// page more for each commit that writes both.
extension StatementRun {
  /// The maximum size of the texts of a definition in the row of its plan, in bytes.
  private static var mostDefinitionBytes: Int { 1_000 }
  /// The maximum size of documents in the row of their plan, in bytes.
  private static var mostDocumentBytes: Int { 500 }

  /// Binds a definition, or NULLs if it is too long; returns whether it is in the row.
  mutating func bindIfShort(definition: PlanDefinition) -> Bool {
    let before = weight
    bind(definition: definition)
    guard weight - before > Self.mostDefinitionBytes else { return true }
    unbind(Columns.definition.count)
    weight = before
    return false
  }

  /// Binds documents, or NULLs if there are none or they are too long, and their place.
  mutating func bindIfShort(documents: PlanDocuments?) -> DocumentsPlace {
    let before = weight
    var place = DocumentsPlace.none
    if let documents {
      bind(documents: documents)
      place = .row
    } else {
      for _ in Columns.documents { bindNull() }
    }
    if weight - before > Self.mostDocumentBytes {
      unbind(Columns.documents.count)
      weight = before
      place = .apart
    }
    bind(place.rawValue)
    return place
  }
}

/// Reading of what is in the row of a plan or in another table.
extension StatementRun {
  /// Reads the texts of a plan.
  mutating func definition(
    ofPlan number: Int64, _ read: (inout StatementRun) throws(StorageError) -> PlanDefinition
  ) throws(StorageError) -> PlanDefinition {
    guard isNull else { return try read(&self) }
    skip(Int32(Columns.definition.count))
    var query = try connection.query(.definitionOfPlan)
    query.bind(number)
    guard try query.next() else { throw damage("description") }
    let definition = try read(&query)
    weight += query.weight
    return definition
  }

  /// Reads the documents of a plan, or nil.
  mutating func documents(ofPlan number: Int64) throws(StorageError) -> PlanDocuments? {
    switch DocumentsPlace(rawValue: int()) {
    case .none?: return nil
    case .row?: return try documents()
    case .apart?:
      var query = try connection.query(.documentsOfPlan)
      query.bind(number)
      guard try query.next() else { throw damage("documents") }
      let documents = try query.documents()
      weight += query.weight
      return documents
    case nil: throw damage("documents")
    }
  }
}
