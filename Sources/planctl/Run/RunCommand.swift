import Foundation
import Planwright

/// `planctl run`: creates a plan from an action of a plan file and runs it until it ends.
struct RunCommand: Command {
  static let specification = CommandSpecification(
    name: "run", operands: "FILE.json", operandCount: 1...1,
    summary: "create a plan from a plan file and run it to its end with the file's programs",
    details: """
      Progress goes to standard error, the result of the last phase to standard output. The same \
      command, with the same file, action and arguments, continues a plan that has not ended: after \
      an interrupt, a kill or an approval. Phases and children that are done are not run again. Of a \
      plan that failed, it names the command that tries it again. Of one that has succeeded, it \
      prints the result if that was not printed yet; if it was, it creates another plan, as it does \
      after a cancelled one, and always with --new. - is standard input. 'planctl help file' \
      describes the file, 'planctl help programs' what programs get and return.
      """,
    options: RunOptions.specification,
    examples: [
      ("planctl run backup.json --arg directory=/home", "run the file's first action"),
      ("planctl run backup.json --check", "only say whether the file is valid"),
    ])

  /// The creator of the plans (`createdBy`), and the name of planctl's workers.
  static let name = "planctl"

  private let words: CommandWords
  private let options: RunOptions

  init(_ words: CommandWords) throws {
    self.words = words
    options = try RunOptions(words)
  }

  func run(_ context: CommandContext) async throws -> CommandResult {
    let file = try PlanFile(path: options.file)
    _ = try file.requiredPrograms()
    let action = try action(in: file)
    let given = try GivenArguments(pairs: options.arguments).values(for: action)
    let location = try StoreLocation(words, context)
    if options.isCheck {
      // A file can be checked without values for its arguments.
      if !given.isEmpty { _ = try action.arguments.resolve(given) }
      return Self.checked(file)
    }
    let identity = try RunIdentity(
      of: action, arguments: try action.arguments.resolve(given), in: file)
    // A short lease: after a kill, another worker can soon take the plans over.
    let worker = try WorkerOptions(
      concurrency: options.concurrency, leaseFor: .seconds(15), grace: .zero,
      cancelGrace: .seconds(10))
    return try await location.withStore { system in
      let interrupts = Interrupts {}
      defer { interrupts.end() }
      let folders = try await WorkFolders(of: system)
      let keep = options.keep ?? (location.isDefault ? RunRetention.standard : nil)
      let start = try await interrupts.cancelling({
        "interrupted before a program was started; the same command starts or continues the plan"
      }) {
        if let keep {
          try await RunRetention(system: system, folders: folders, now: context.now())
            .purge(keeping: keep)
        }
        return try await RunStart(
          system: system, folders: folders, file: file, action: action, given: given,
          identity: identity, isNew: options.isNew
        ).start(context.console)
      }
      switch start {
      case .ended(let result): return result
      case .runs(let root, let use):
        return try await PlanRun(
          root: root, use: use, system: system, folders: folders, file: file, options: worker,
          context: context
        ).run(interrupts)
      }
    }
  }

  private func action(in file: PlanFile) throws -> ActionDefinition {
    guard let name = options.action else { return file.actions[0] }
    let wanted = try ActionName(name)
    guard let action = file.actions.first(where: { $0.name == wanted }) else {
      let names = file.actions.map(\.name.description).joined(separator: ", ")
      throw UsageError(
        "--action: there is no action '\(wanted)' in \(file.name); its actions are \(names)")
    }
    return action
  }

  private static func checked(_ file: PlanFile) -> CommandResult {
    let names = file.actions.map(\.name.description)
    return CommandResult(
      data: .object([
        ("actions", .array(names.map { .string($0) })),
        ("actors", .array((file.programs ?? [:]).keys.sorted().map { .string($0.description) })),
      ]),
      messages: ["\(file.name) is valid; its actions are \(names.joined(separator: ", "))"])
  }
}

extension WorkFolders {
  /// The work folders of an open store.
  init(of system: PlanSystem) async throws {
    guard system.maintenance.supports(.info), let path = try await system.maintenance.info().path
    else {
      // No other process continues a plan in memory, so its scratch folders are temporary.
      self = .temporary
      return
    }
    self.init(ofStoreAt: path)
  }
}
