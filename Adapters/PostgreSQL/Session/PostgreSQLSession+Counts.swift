import PlanDomain
import PlanStorage

extension PostgreSQLSession {
  func counts(in scope: PlanScope) throws(StorageError) -> StatusCounts {
    try needExclusive("counting")
    let results = Array(try run("counting", scope.countingCommands))
    var counts: [PlanStatus: Int] = [:]
    // Groups first, if there are two results.
    if results.count == 2 {
      for (group, count) in try results[0].pairs() {
        guard let group = UInt8(exactly: group).flatMap(StatusGroup.init(rawValue:)) else {
          throw results[0].damage(0)
        }
        counts[group.restingStatus, default: 0] += count
      }
    }
    guard let statuses = results.last else { return StatusCounts([:]) }
    for (value, count) in try statuses.pairs() {
      guard let status = UInt8(exactly: value).flatMap(PlanStatus.init(rawValue:)) else {
        throw statuses.damage(0)
      }
      counts[status, default: 0] += count
      // A group counts those that are processing under its resting status.
      if results.count == 2 { counts[StatusGroup(status).restingStatus, default: 0] -= count }
    }
    return StatusCounts(counts)
  }
}

extension PlanScope {
  /// The commands that count groups and what is processing, or one that counts statuses.
  fileprivate var countingCommands: [PostgreSQLCommand] {
    func both(
      _ groups: PostgreSQLStatement, _ processing: PostgreSQLStatement, _ values: [PostgreSQLValue]
    ) -> [PostgreSQLCommand] {
      [PostgreSQLCommand(groups, values), PostgreSQLCommand(processing, values)]
    }
    switch self {
    case .all: return both(SQL.groupsOfActions, SQL.processingOfActions, [.null, .null])
    case .namespace(let name):
      return both(SQL.groupsOfActions, SQL.processingOfActions, [.text(name), .null])
    case .action(let name):
      return both(SQL.groupsOfActions, SQL.processingOfActions, [.null, .text(name.description)])
    case .project(let name):
      return both(SQL.groupsOfProject, SQL.processingOfProject, [.text(name.description)])
    case .label(let label):
      return both(SQL.groupsOfLabel, SQL.processingOfLabel, [.text(label.stored)])
    case .tree(let root): return [PostgreSQLCommand(SQL.statusesOfTree, [.id(root)])]
    case .children(let parent): return [PostgreSQLCommand(SQL.statusesOfChildren, [.id(parent)])]
    }
  }
}

extension PostgreSQLRows {
  /// The rows of a statement that returns a raw value and a count.
  fileprivate func pairs() throws(StorageError) -> [(value: Int64, count: Int)] {
    var pairs: [(value: Int64, count: Int)] = []
    for row in 0..<count { pairs.append((try int(row, 0), Int(clamping: try int(row, 1)))) }
    return pairs
  }
}
