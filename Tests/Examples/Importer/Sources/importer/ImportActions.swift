import Planwright

/// The arguments of an import: the file, and its size, which tells whether it was changed since.
struct FileImport: Codable {
  let path: String
  let bytes: Int
}

/// The result of a batch, and the sum of those of a file.
struct ImportCounts: Codable, Equatable {
  /// The number of rows that were added.
  var added = 0
  /// The number of rows whose key was in the target already.
  var present = 0
  /// The numbers of the lines that are no rows.
  var refused: [Int] = []

  static func + (a: ImportCounts, b: ImportCounts) -> ImportCounts {
    ImportCounts(
      added: a.added + b.added, present: a.present + b.present, refused: a.refused + b.refused)
  }
}

/// The two actions of the importer: a file, and each batch of its lines as a child.
struct ImportActions {
  let file: TypedAction<FileImport, ImportCounts>
  let batch: TypedAction<Batch, ImportCounts>

  /// Creates the actions, which add rows to this target.
  init(target: any RowTarget, linesPerBatch: Int, limit: RateLimit) throws {
    // A process that is killed uses up an attempt of the batches that it was at.
    let batch = try TypedAction(
      "importer/batch", taking: Batch.self,
      description: "Import the lines of {path} from line {firstLine}",
      retry: RetryPolicy(attempts: 100)
    ).execute { run in
      // May run again after it was killed between two rows: the target knows which it has.
      var counts = ImportCounts()
      let batch = run.arguments
      for (number, text) in try RowFile(path: batch.path).lines(of: batch) {
        try await limit.wait()  // ends here when the importer is interrupted
        guard let row = Row(text) else {
          counts.refused.append(number)
          continue
        }
        if try await target.add(row) { counts.added += 1 } else { counts.present += 1 }
      }
      try await target.synchronize()  // before the store says that the batch is done
      return counts
    }
    self.batch = batch
    file = try TypedAction("importer/file", taking: FileImport.self, description: "Import {path}")
      .strategize { run in
        try RowFile(path: run.arguments.path).batches(ofLines: linesPerBatch)
      }
      .execute { run in
        try run.previous.map { try ChildSpec(batch, arguments: $0) }
      } then: { run in
        try run.results(of: batch).reduce(ImportCounts(), +)
      }
  }

  /// Both, for the store and for a worker.
  var all: [any ExecutableAction] { [file, batch] }
}
