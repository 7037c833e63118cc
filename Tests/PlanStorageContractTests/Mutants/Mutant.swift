import PlanStorageContract

/// An adapter with one mistake, and the cases of the contract that must fail for it.
enum Mutant: String, CaseIterable {
  // Units of work.
  case hasNoLock, readsDirtily, keepsWhatWasThrown, runsBodiesTwice, allowsNesting
  case letsSessionsLive, losesUpdates, starvesWriters, starvesReaders, closesAtOnce, staysOpen
  case closesOnce, wrapsErrors, letsReadsWrite, abortsAfterRefusal, writesDespiteRefusal
  // Writes.
  case ignoresVersions, ignoresEpochs, ignoresActionVersions, swallowsDuplicates
  case forgetsReferences, forgetsUniqueKeys, forgetsField, forgetsFieldOnSave, roundsNumbers
  case savesFixedPart, forgetsEvents, acceptsGaps, removesChildren, keepsEventsOfRemoved
  case savesWhatIsMissing, forgetsSiblingKeys, appendsWithoutPlan, roundsTimes, cutsLongTexts
  case cutsDeepValues
  // Reads.
  case foldsCase, claimsTwice, ignoresReadyTime, ordersById, ignoresLimits, missesExpiry
  case pagesByMemory, losesNextPage, ignoresFilters, countsEverything, ordersChildrenById
  case startsTooEarly, mixesRounds, reusesPlaces, purgesTooEarly, forgetsExclusions, repeatsActors
  case throwsWhenMissing, ignoresTags, ordersActionsByName, ordersActionsByUpdate
  case offersPageAfterLast, examinesEverything, ignoresActors, keepsOldIndexEntries
  case publishesEventsLate, ignoresLabels, foldsLabels, lowersLatestPosition, forgetsPurges
  case forgetsRemovedPositions, keepsPurgesOfRolledBack
  // Mistakes that only show with many rows, or when another unit of work commits.
  case losesFourthOfUnit, losesEighthOfUnit, losesTwelfthOfUnit, losesLateEvents
  case cutsChildren, cutsStartable, cutsDependents, cutsTrees, cutsDueLists, cutsEvents
  case pagesAreNewer, readsEverything
  // Traits.
  case promisesTooMuch, forgetsOnClose, sharesNothing, hasNoCrashProgram
  case opensOwnStore, mixesStores, startsWithSamples

  /// The cases that must fail.
  var cases: [String] {
    switch self {
    case .hasNoLock: ["concurrent.serializable", "concurrent.no-lost-update"]
    case .readsDirtily: ["concurrent.whole-reads", "work.throws-leaves-nothing"]
    case .keepsWhatWasThrown: ["work.throws-leaves-nothing", "model.sequences"]
    case .runsBodiesTwice: ["work.runs-once"]
    case .allowsNesting: ["work.nested"]
    case .letsSessionsLive: ["work.session-ended"]
    case .losesUpdates: ["concurrent.linearizable", "concurrent.no-lost-update"]
    case .starvesWriters: ["concurrent.writer-not-starved"]
    case .starvesReaders: ["concurrent.reader-not-starved"]
    case .closesAtOnce: ["concurrent.close-waits"]
    case .staysOpen: ["store.closed"]
    case .closesOnce: ["store.close.again"]
    case .wrapsErrors: ["work.result"]
    case .letsReadsWrite: ["work.read-session-cannot-write"]
    case .abortsAfterRefusal: ["work.goes-on-after-refusal"]
    case .writesDespiteRefusal: ["work.method-throws-writes-nothing"]
    case .ignoresVersions: ["plan.save.stale-version", "concurrent.linearizable"]
    case .ignoresEpochs: ["plan.save.stale-epoch", "concurrent.stale-lease"]
    case .ignoresActionVersions: ["action.save.stale", "model.long-sequence"]
    case .swallowsDuplicates:
      ["plan.insert.duplicate-id", "action.insert.duplicate", "concurrent.create-once"]
    case .forgetsReferences: ["plan.insert.missing-reference"]
    case .forgetsUniqueKeys: ["plan.insert.duplicate-idempotency-key"]
    case .forgetsField: ["plan.insert.read-back", "model.sequences"]
    case .forgetsFieldOnSave: ["plan.save.read-back"]
    case .roundsNumbers: ["plan.save.read-back"]
    case .savesFixedPart: ["plan.save.changing-part-only"]
    case .forgetsEvents: ["event.append.read-back", "event.feed"]
    case .acceptsGaps: ["event.append.gap"]
    case .removesChildren: ["plan.remove-tree.not-found"]
    case .keepsEventsOfRemoved: ["plan.remove-tree"]
    case .savesWhatIsMissing: ["plan.save.not-found", "action.save.not-found"]
    case .forgetsSiblingKeys: ["plan.insert.duplicate-sibling"]
    case .appendsWithoutPlan: ["event.append.missing-plan"]
    case .roundsTimes: ["action.insert.read-back", "action.save.read-back"]
    case .cutsLongTexts: ["value.large"]
    case .cutsDeepValues: ["value.deep"]
    case .foldsCase: ["action.name.case-counts"]
    case .claimsTwice: ["concurrent.claim-once", "work.reads-own-writes"]
    case .ignoresReadyTime: ["queue.ready.order"]
    case .ordersById: ["queue.ready.order", "queue.leases", "queue.next-ready"]
    case .ignoresLimits: ["queue.ready.order", "queue.leases", "event.of-plan"]
    case .missesExpiry: ["queue.leases"]
    case .pagesByMemory: ["page.stable"]
    case .losesNextPage: ["page.next", "page.order"]
    case .ignoresFilters: ["page.filters"]
    case .countsEverything: ["page.counts"]
    case .ordersChildrenById: ["children.order"]
    case .startsTooEarly: ["children.startable"]
    case .mixesRounds: ["children.dependents"]
    case .reusesPlaces: ["event.place-never-again"]
    case .purgesTooEarly: ["queue.final-roots"]
    case .forgetsExclusions: ["queue.excluding"]
    case .repeatsActors: ["queue.actors"]
    case .throwsWhenMissing: ["plan.missing", "action.missing"]
    case .ignoresTags: ["action.page.filters"]
    case .ordersActionsByName: ["action.page.order"]
    case .ordersActionsByUpdate: ["action.page.save-keeps-place"]
    case .offersPageAfterLast: ["action.page.next"]
    case .examinesEverything: ["page.examined"]
    case .ignoresActors: ["queue.ready.actors"]
    case .keepsOldIndexEntries: ["plan.save.moves-between-lists"]
    case .publishesEventsLate: ["concurrent.feed-misses-none"]
    case .ignoresLabels: ["page.filters", "plan.save.moves-between-lists"]
    case .foldsLabels: ["page.filters"]
    case .lowersLatestPosition: ["feed.state.latest"]
    case .forgetsPurges, .forgetsRemovedPositions: ["feed.state.removed"]
    case .keepsPurgesOfRolledBack: ["feed.state.rolled-back"]
    case .losesFourthOfUnit, .losesEighthOfUnit, .losesTwelfthOfUnit: ["event.feed.large-units"]
    case .losesLateEvents: ["model.sequences", "model.long-sequence"]
    case .cutsChildren, .cutsStartable, .cutsDependents: ["children.many"]
    case .cutsTrees: ["page.tree.many"]
    case .cutsDueLists: ["queue.many"]
    case .cutsEvents: ["event.feed.large-units"]
    case .pagesAreNewer: ["concurrent.one-snapshot"]
    case .readsEverything: ["read.cost"]
    case .promisesTooMuch: ["store.traits"]
    case .forgetsOnClose: ["store.reopen"]
    case .sharesNothing: ["store.shared"]
    case .hasNoCrashProgram: ["crash.program"]
    case .opensOwnStore: ["concurrent.open", "store.shared"]
    case .mixesStores: ["store.separate"]
    case .startsWithSamples: ["store.empty"]
    }
  }

  /// How much the cases do: starvation shows after ten thousand calls as after a hundred thousand.
  var effort: ContractEffort {
    switch self {
    case .starvesReaders, .starvesWriters: ContractEffort(factor: 0.1)
    default: .standard
    }
  }
}
