import Planwright

/// `planctl doctor`: why nothing moves, and what to do about it.
struct DoctorCommand: Command {
  static let specification = CommandSpecification(
    name: "doctor", operands: "[ID]", operandCount: 0...1,
    summary: "say why plans do not move, and which command makes them move",
    details: """
      Examines the whole store, or the tree of one plan; changes nothing. Of workers it knows what is \
      in the store: which plans they have leased, and when they renewed the leases. The exit status \
      is 1 when something needs to be done.
      """,
    options: [CommandSpecification.store],
    examples: [
      ("planctl doctor", "everything that stands still"),
      ("planctl doctor 01JD7", "why one plan and its children do not move"),
    ])

  private let words: CommandWords
  private let reference: PlanReference?

  init(_ words: CommandWords) throws {
    self.words = words
    reference = try words.operands.first.map { try PlanReference($0) }
  }

  func run(_ context: CommandContext) async throws -> CommandResult {
    let now = context.now()
    return try await StoreLocation(words, context).reading { system in
      let info =
        system.maintenance.supports(.info) ? try await system.maintenance.info() : nil
      var diagnosis = Diagnosis(at: now)
      var problems: [Standstill] = []
      do {
        diagnosis = try await system.plans.read { snapshot in
          var found = Diagnosis(at: now)
          let root = try reference?.find(in: snapshot).definition.root
          try found.examine(snapshot, root: root)
          return found
        }
      } catch let error as StorageError {
        guard let problem = StoreProblems.find(error) else { throw error }
        problems = [problem]
      }
      if let info {
        problems = StoreProblems.find(info, info.path.flatMap(StoreDisk.init(ofFileAt:))) + problems
      }
      var result = Self.result(problems + diagnosis.standstills, diagnosis)
      result.messages += (info?.warnings ?? []).map { "note: \($0)" }
      return result
    }
  }

  private static func result(_ all: [Standstill], _ diagnosis: Diagnosis) -> CommandResult {
    var result = CommandResult(
      status: all.contains(where: \.needsAction) ? .failed : .done,
      data: .object([
        ("standstills", .array(all.map(\.document))),
        ("leases", .array(diagnosis.leases.map(\.document))),
        ("isTruncated", .bool(diagnosis.isTruncated)),
      ]))
    for each in all {
      result.text += "\(each.plan?.description ?? "the store")  \(each.reason.escaped)\n"
      if let command = each.command { result.text += "    → \(command.escaped)\n" }
    }
    let (leases, now) = (diagnosis.leases, diagnosis.now)
    for lease in leases.prefix(HeldLease.largestCountInText) where !lease.hasMissedRenewal(at: now)
    {
      result.text += "\(lease.plan)  \(lease.sentence(at: now).escaped)\n"
    }
    if leases.count > HeldLease.largestCountInText {
      result.messages.append(
        "and \(leases.count - HeldLease.largestCountInText) more leases that have not expired")
    }
    if all.isEmpty {
      result.messages.append(
        leases.isEmpty
          ? "nothing stands still"
          : "nothing stands still as far as the leases tell: a worker that died is noticed when it "
            + "does not renew its lease")
    }
    if diagnosis.isTruncated {
      result.messages.append(
        "only the oldest \(Diagnosis.largestCount) plans of each state were examined")
    }
    return result
  }
}
