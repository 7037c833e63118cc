import Foundation
import PlanStorageContract
import PostgreSQLTestServer
import TestSupport

/// The faults of a run, one after the other, as the seed says.
struct MachineFaults {
  private let machines: [MachineProcess]
  private var server: PostgreSQLTestServer
  private let standby: PostgreSQLTestServer?
  private let restarts: Int
  private var random: SeededGenerator
  private var counts = (links: 0, kills: 0, restarts: 0, promotions: 0)

  init(
    _ machines: [MachineProcess], _ server: PostgreSQLTestServer, _ standby: PostgreSQLTestServer?,
    restarts: Int, seed: UInt64
  ) {
    self.machines = machines
    self.server = server
    self.standby = standby
    self.restarts = restarts
    random = SeededGenerator(seed: seed)
  }

  var summary: String {
    """
    \(counts.links) faults of links, \(counts.kills) machines killed, \(counts.restarts) restarts \
    of the server, \(counts.promotions) promotions
    """
  }

  /// Lets something fail for a while; servers at equal parts of the progress.
  mutating func next(progress: Double) throws {
    if let standby, counts.promotions == 0, progress >= 0.5 {
      try server.stop(.immediate)
      try standby.promote()
      for machine in machines { machine.link.lead(to: standby) }
      server = standby
      counts.promotions += 1
    } else if counts.restarts < restarts,
      progress >= Double(counts.restarts + 1) / Double(restarts + 2)
    {
      try server.restart(.immediate)
      counts.restarts += 1
    }
    let machine = machines[Int.random(in: 0..<machines.count, using: &random)]
    let pause = UInt32.random(in: 50_000...1_500_000, using: &random)
    switch Int.random(in: 0..<10, using: &random) {
    case 0...2: fail(machine.link, .cut, pause)
    case 3...4: fail(machine.link, .frozen, pause)
    case 5...6: fail(machine.link, .slow(Int.random(in: 1...30, using: &random)), pause)
    case 7:
      try machine.killAndStart()
      counts.kills += 1
    default: usleep(pause)
    }
  }

  private mutating func fail(_ link: TestLink, _ state: TestLink.State, _ pause: UInt32) {
    link.set(state)
    usleep(pause)
    link.set(.open)
    counts.links += 1
  }

  /// Lets all links work again.
  func end() {
    for machine in machines { machine.link.set(.open) }
  }
}
