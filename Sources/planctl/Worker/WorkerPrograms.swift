import Planwright

/// The programs of a worker: those of its plan files, and those that it plays for other actors.
struct WorkerPrograms: Sendable {
  private struct Entry: Sendable {
    let program: PlanFile.Program
    let file: PlanFile
  }
  private var entries: [ActorName: Entry] = [:]
  /// The actors of `--accept`.
  private var accepted: Set<ActorName> = []

  /// Reads the plan files and the other actors on the command line.
  ///
  /// Throws `UsageError`, or `FieldError` for an invalid file.
  init(_ words: CommandWords) throws {
    let files = try words.values(of: "--actors").map { (path) throws(FieldError) in
      try PlanFile(path: path)
    }
    guard let first = files.first else { throw words.error("missing --actors FILE") }
    for file in files {
      for (actor, program) in try file.requiredPrograms() {
        entries[actor] = Entry(program: program, file: file)
      }
    }
    for (name, program) in try words.pairs("--accept") {
      let actor: ActorName
      do { actor = try ActorName(name) } catch { throw words.error("--accept: \(error)") }
      entries[actor] = try entry(for: program, first, words)
      accepted.insert(actor)
    }
  }

  /// The actors that have a program.
  var actors: Set<ActorName> { Set(entries.keys) }

  /// The actors of `--accept` that no plan has in any phase, of the plans that are not final.
  func unusedAccepted(in snapshot: borrowing PlanSnapshot) throws -> [ActorName] {
    var unused = accepted
    let states = PlanState.allCases.filter { ![.applied, .cancelled].contains($0) }
    for state in states where !unused.isEmpty {
      var after: PlanCursor?
      repeat {
        let page = try snapshot.plans(
          matching: PlanQuery(PlanFilter(state: state), limit: .largest, after: after))
        for plan in page.rows where !plan.isFinal {
          for phase in PlanPhase.allCases { unused.remove(plan.definition.action.actors[phase]) }
        }
        after = page.next
      } while after != nil && !unused.isEmpty
    }
    return unused.sorted()
  }

  /// An actor of one of the files with the name in the file of this one; nil for none.
  func namesake(of actor: ActorName) -> ActorName? {
    guard actor.hasDigest else { return nil }
    return actors.filter { $0.nameInFile == actor.nameInFile }.min()
  }

  /// The handlers of the actors; each makes a call for the reaper of its tree.
  func handlers(
    _ folders: WorkFolders, environment: [String: String]
  ) -> [ActorName: PlanHandler] {
    let shared = SharedWorkFolders(folders)
    return entries.mapValues { entry in
      let handler = ProgramHandler(
        program: entry.program, fileFolder: entry.file.folder,
        actions: Dictionary(entry.file.actions.map { ($0.name, $0) }) { $1 },
        workFolders: folders, inherited: environment)
      return { assignment, _ in
        let root = assignment.plan.definition.root.description
        guard let reaper = try shared.begin(root: root) else {
          return .postpone(by: .seconds(1))
        }
        defer { shared.end(root: root) }
        return try await handler.handle(assignment, reaper)
      }
    }
  }

  /// The program for another actor: that of an actor of a file, or the one at a path.
  private func entry(
    for program: String, _ first: PlanFile, _ words: CommandWords
  ) throws(UsageError) -> Entry {
    let named = entries.filter { $0.key.nameInFile == program && $0.key.hasDigest }
    if let entry = named.min(by: { $0.key < $1.key })?.value { return entry }
    guard program.contains("/") else {
      let names = Set(entries.keys.map(\.nameInFile)).sorted().joined(separator: ", ")
      throw words.error(
        "--accept: expected NAME@DIGEST=PROGRAM, PROGRAM being an actor of the file (\(names)) or a "
          + "path with a slash, not '\(program)'")
    }
    return Entry(program: PlanFile.Program(command: [program]), file: first)
  }
}
