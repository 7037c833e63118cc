import Dispatch
import InMemoryStorage
import PlanDomain
import PlanLifecycle
import PlanStorage
import Synchronization

extension Scenario {
  /// The scenarios of the in-memory store.
  static let memory = [
    Scenario(name: "memory.footprint", body: footprint),
    Scenario(name: "memory.read", body: read),
    Scenario(name: "memory.transition", body: transition),
    Scenario(name: "memory.mixed", body: mixed),
    Scenario(name: "memory.page", body: page),
    Scenario(name: "memory.writer-wait", body: writerWait),
  ]

  /// The bytes of memory for each plan of a large store, in KB.
  private static func footprint(_ name: String, _ scale: Scale) throws -> Measurement {
    let before = residentBytes()
    let benchmark = try BenchmarkStore(plans: scale.plans)
    let grown = Double(residentBytes() - before) - Double(scale.plans * 16)
    withExtendedLifetime(benchmark) {}
    return Measurement(
      scenario: name, unit: "KB", ratio: grown / Double(scale.plans) / 1024, goal: .atMost(1.5))
  }

  /// Plans read by id, in random order, against a lookup in the plain store.
  private static func read(_ name: String, _ scale: Scale) throws -> Measurement {
    let benchmark = try BenchmarkStore(plans: min(scale.plans, 200_000))
    let (store, plain) = (benchmark.store, try PlainStore(benchmark))
    let order = (0..<scale.calls).map { _ in benchmark.ids.randomElement() ?? benchmark.ids[0] }
    // Both read a field of the plan: an unused value would not be fetched.
    var versions = 0
    let found = try rates(scale, calls: scale.calls) {
      for id in order { versions += try store.readBlocking { try $0.plan(id) }.version }
    } against: {
      for id in order { versions += plain.plans.withLock { $0[id] }?.version ?? 0 }
    }
    let samples = try samples(scale) { number in
      versions += try store.readBlocking { try $0.plan(order[number % order.count]) }.version
    }
    guard versions > 0 else { throw PlanError.invalidCursor }
    return Measurement(
      scenario: name, unit: "reads", rate: found.body, samples: samples,
      baselineRate: found.baseline, ratio: found.baseline / found.body, goal: .atMost(1.5))
  }

  /// Claims and releases, each with its event, against reading and replacing in the plain store.
  private static func transition(_ name: String, _ scale: Scale) throws -> Measurement {
    let benchmark = try BenchmarkStore(plans: min(scale.plans, 200_000))
    let plain = try PlainStore(benchmark)
    let order = (0..<scale.calls).map { _ in benchmark.ids.randomElement() ?? benchmark.ids[0] }
    let owner = LeaseOwner("bench")
    let found = try rates(scale, calls: scale.calls) {
      for _ in 0..<scale.calls / 2 { try benchmark.claimAndRelease(owner) }
    } against: {
      for id in order { plain.replace(id) }
    }
    let samples = try samples(scale) { _ in try benchmark.claimAndRelease(owner) }.map { $0 / 2 }
    return Measurement(
      scenario: name, unit: "transitions", rate: found.body, samples: samples,
      baselineRate: found.baseline, ratio: found.baseline / found.body, goal: .atMost(4))
  }

  /// Two threads, one write in twenty calls, against the same in the plain store.
  private static func mixed(_ name: String, _ scale: Scale) throws -> Measurement {
    let benchmark = try BenchmarkStore(plans: min(scale.plans, 200_000))
    let (store, plain) = (benchmark.store, try PlainStore(benchmark))
    let order = (0..<scale.calls).map { _ in benchmark.ids.randomElement() ?? benchmark.ids[0] }
    let owner = LeaseOwner("bench")
    let found = rates(scale, calls: 2 * scale.calls) {
      DispatchQueue.concurrentPerform(iterations: 2) { thread in
        var versions = 0
        for (step, id) in order.enumerated() {
          // A claim and its release are two writes.
          if step % 40 == 20 * thread {
            try? benchmark.claimAndRelease(owner)
          } else if step % 40 != 20 * thread + 1 {
            versions += (try? store.readBlocking { try $0.plan(id) }.version) ?? 0
          }
        }
        precondition(versions > 0)
      }
    } against: {
      DispatchQueue.concurrentPerform(iterations: 2) { thread in
        var versions = 0
        for (step, id) in order.enumerated() {
          if step % 40 == 20 * thread || step % 40 == 20 * thread + 1 {
            plain.replace(id)
          } else {
            versions += plain.plans.withLock { $0[id] }?.version ?? 0
          }
        }
        precondition(versions > 0)
      }
    }
    return Measurement(
      scenario: name, unit: "calls", rate: found.body, baselineRate: found.baseline,
      ratio: found.body / found.baseline, goal: .atLeast(0.9))
  }

  /// The newest fifty of a large store, against those of a store a hundredth its size.
  private static func page(_ name: String, _ scale: Scale) throws -> Measurement {
    let (large, small) = try (
      BenchmarkStore(plans: scale.plans), BenchmarkStore(plans: scale.plans / 100)
    )
    let calls = scale.calls / 50
    func page(_ benchmark: BenchmarkStore) throws {
      let query = PlanQuery(PlanFilter(state: .queued))
      _ = try benchmark.store.readBlocking { try $0.plans(matching: query) }
    }
    let found = try rates(scale, calls: calls) {
      for _ in 0..<calls { try page(large) }
    } against: {
      for _ in 0..<calls { try page(small) }
    }
    return Measurement(
      scenario: name, unit: "pages", rate: found.body,
      samples: try samples(scale) { _ in try page(large) }, baselineRate: found.baseline,
      ratio: found.baseline / found.body, goal: .atMost(1.5))
  }

  /// The longest wait of a writer, in milliseconds, while four threads do nothing but read.
  private static func writerWait(_ name: String, _ scale: Scale) throws -> Measurement {
    let benchmark = try BenchmarkStore(plans: 1_000)
    let owner = LeaseOwner("bench")
    let isOver = Atomic(false)
    let readers = DispatchGroup()
    for _ in 0..<4 {
      DispatchQueue.global().async(group: readers) {
        while !isOver.load(ordering: .relaxed) {
          for id in benchmark.ids { _ = try? benchmark.store.readBlocking { try $0.plan(id) } }
        }
      }
    }
    let samples = try samples(scale) { _ in try benchmark.claimAndRelease(owner) }.map { $0 / 2 }
    isOver.store(true, ordering: .relaxed)
    readers.wait()
    let longest = (samples.last ?? .zero).inSeconds * 1000
    return Measurement(
      scenario: name, unit: "ms", samples: samples, ratio: longest, goal: .atMost(20))
  }
}

extension BenchmarkStore {
  /// Two transitions: claims the plan that has been ready longest, and releases it.
  func claimAndRelease(_ owner: LeaseOwner) throws {
    let claimed = try store.writeBlocking { [actor] transaction in
      try transaction.claim(owner: owner, actors: [actor], limit: 1, leaseFor: .seconds(60))
    }
    guard let token = claimed.first?.leaseToken else { return }
    try store.writeBlocking { try $0.release(token) }
  }
}

extension PlainStore {
  /// Reads a plan and replaces it by one with another time.
  fileprivate func replace(_ id: Plan.ID) {
    plans.withLock { plans in
      guard let plan = plans[id] else { return }
      plans[id] = plan.ready(at: plan.progress.updatedAt)
    }
  }
}
