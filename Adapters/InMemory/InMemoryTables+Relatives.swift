import PlanDomain
import PlanStorage

extension InMemoryTables {
  /// Returns the lists that contain a plan because of its action, its projects and its labels.
  func scopes(of plan: Plan) -> [GroupLists] {
    let shared = actions[plan.definition.action.name]?.scopes ?? [all]
    let ofLabels = plan.definition.labels.isEmpty ? [] : lists(ofLabels: plan.definition.labels)
    if plan.definition.projects.isEmpty { return ofLabels.isEmpty ? shared : shared + ofLabels }
    // A plan may name a project twice, with two aliases; the project's lists contain it once.
    let names = Set(plan.definition.projects.map(\.name))
    return shared
      + names.map { name in
        let lists = projects[name] ?? GroupLists()
        projects[name] = lists
        return lists
      } + ofLabels
  }

  /// Returns the lists of these labels, which are created where they are missing.
  private func lists(ofLabels texts: [Key: Plan.Label.Value]) -> [GroupLists] {
    texts.map { key, value in
      let label = Plan.Label(key, value)
      let lists = labels[label] ?? GroupLists()
      labels[label] = lists
      return lists
    }
  }

  /// Adds a child to the lists of its parent and its tree.
  func join(_ entry: PlanEntry, _ position: ChildPosition) {
    guard let parent = plans.entry(position.parent), let root = plans.entry(position.root) else {
      return
    }
    let family = parent.family ?? Family()
    parent.family = family
    var round = family.rounds.removeValue(forKey: position.round) ?? Family.Round()
    round.children.insert(entry, at: round.offset(of: position.index).offset)
    round.byKey[position.key] = entry
    for key in Set(position.dependsOn) { round.dependents[key, default: []].append(entry) }
    family.rounds[position.round] = round
    entry.scopes += [family.children, tree(of: root)]
  }

  /// Removes a child from its parent's round.
  func leave(_ entry: PlanEntry, _ position: ChildPosition) {
    guard let family = plans.entry(position.parent)?.family,
      var round = family.rounds.removeValue(forKey: position.round)
    else { return }
    let (offset, isTaken) = round.offset(of: position.index)
    if isTaken { round.children.remove(at: offset) }
    round.byKey[position.key] = nil
    for key in Set(position.dependsOn) {
      round.dependents[key]?.removeAll { $0 === entry }
      if round.dependents[key]?.isEmpty == true { round.dependents[key] = nil }
    }
    if !round.children.isEmpty { family.rounds[position.round] = round }
  }

  /// Returns the lists of a tree; creates them when its first child is inserted.
  private func tree(of root: PlanEntry) -> GroupLists {
    if let lists = trees[root.plan.id] { return lists }
    let lists = GroupLists()
    trees[root.plan.id] = lists
    root.scopes.append(lists)
    lists.insert(root, StatusGroup(root.plan.status))
    return lists
  }

  /// Returns the plan and all its descendants, parents before their children.
  func descendants(of root: PlanEntry) -> [PlanEntry] {
    var found = [root]
    var next = 0
    while next < found.count {
      for round in found[next].family?.rounds.values ?? [:].values { found += round.children }
      next += 1
    }
    return found
  }

  func attach(_ entry: ActionEntry) {
    actions[entry.action.name] = entry
    actionsByNumber.insert(entry.number, entry)
    actionsByNamespace[entry.action.name.namespace, default: SortedMap()]
      .insert(entry.number, entry)
  }

  func detach(_ entry: ActionEntry) {
    let namespace = entry.action.name.namespace
    actions[entry.action.name] = nil
    actionsByNumber.remove(entry.number)
    actionsByNamespace[namespace]?.remove(entry.number)
    if actionsByNamespace[namespace]?.isEmpty == true {
      actionsByNamespace[namespace] = nil
      namespaces[namespace] = nil
    }
  }

  func insertIntoFeed(_ event: StoredEvent, of entry: PlanEntry) {
    feed.insert(event.position, entry)
  }

  func removeFromFeed(_ event: StoredEvent) {
    feed.remove(event.position)
  }
}
