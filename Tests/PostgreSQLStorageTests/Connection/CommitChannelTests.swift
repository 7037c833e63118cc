import PlanDomain
import PlanStorage
import PlanStorageContract
import PostgreSQLTestServer
import TestSupport
import TestTraits
import Testing

@testable import PostgreSQLStorage

@Suite(
  "A channel for commits", .enabled(if: PostgreSQLInstallation.isFound), .dedicatedThread)
struct CommitChannelTests {
  /// A channel, and what it has reported.
  private final class Listener: Sendable {
    let reports = Locked<[CommitChannel.Report]>([])
    private let opened = Locked<CommitChannel?>(nil)

    init(
      _ fixture: ConnectionFixture, topic: String, application: String = "planwright",
      interval: Duration = .milliseconds(5)
    ) throws {
      let location = fixture.server.location(
        schema: "unused", options: "&application_name=\(application)")
      let channel = try CommitChannel(
        try fixture.connector(location), topic: topic, interval: interval
      ) { [weak self] report in self?.reports.withLock { $0.append(report) } }
      opened.withLock { $0 = channel }
    }

    func tell(_ bits: UInt8) { opened.withLock { $0 }?.tell(bits) }
    func close() { opened.withLock { $0 }?.close() }
    func count(_ report: CommitChannel.Report) -> Int {
      reports.withLock { all in all.count { $0 == report } }
    }
  }

  @Test("tells the other processes with the same topic, and not its own")
  func telling() throws {
    let fixture = try ConnectionFixture()
    let topic = fixture.name()
    let (one, two) = (
      try Listener(fixture, topic: topic), try Listener(fixture, topic: topic)
    )
    let other = try Listener(fixture, topic: fixture.name())
    defer { for listener in [one, two, other] { listener.close() } }
    try blockUntil("all to listen") {
      [one, two, other].allSatisfy { $0.count(.listening) == 1 }
    }
    one.tell(1)
    try blockUntil("the commit to be heard") { two.count(.committed(1)) == 1 }
    two.tell(2)
    try blockUntil("the answer to be heard") { one.count(.committed(2)) == 1 }
    #expect(one.reports.withLock { $0 } == [.listening, .committed(2)])
    #expect(two.reports.withLock { $0 } == [.listening, .committed(1)])
    #expect(other.reports.withLock { $0 } == [.listening])
  }

  @Test("sends one notification for all commits of an interval")
  func interval() throws {
    let fixture = try ConnectionFixture()
    let topic = fixture.name()
    let sender = try Listener(fixture, topic: topic, interval: .seconds(3600))
    let receiver = try Listener(fixture, topic: topic)
    defer { for listener in [sender, receiver] { listener.close() } }
    try blockUntil("both to listen") {
      [sender, receiver].allSatisfy { $0.count(.listening) == 1 }
    }
    sender.tell(1)
    try blockUntil("the first commit to be heard") { receiver.count(.committed(1)) == 1 }
    for _ in 0..<1000 { sender.tell(2) }
    // What another process tells comes later than what would have been sent before it.
    let last = try Listener(fixture, topic: topic)
    defer { last.close() }
    last.tell(4)
    try blockUntil("the last commit to be heard") { receiver.count(.committed(4)) == 1 }
    #expect(receiver.reports.withLock { $0 } == [.listening, .committed(1), .committed(4)])
  }

  @Test("collects the bits of commits until they can be sent")
  func bits() throws {
    let fixture = try ConnectionFixture()
    let topic = fixture.name()
    let receiver = try Listener(fixture, topic: topic)
    defer { receiver.close() }
    try blockUntil("it to listen") { receiver.count(.listening) == 1 }
    let sender = try Listener(fixture, topic: topic)
    defer { sender.close() }
    for bit in 0..<8 { sender.tell(1 << UInt8(bit)) }
    try blockUntil("all bits to be heard") {
      let all = receiver.reports.withLock { $0 }
      return all.reduce(0 as UInt8) { bits, report in
        if case .committed(let more) = report { bits | more } else { bits }
      } == 0xFF
    }
  }

  @Test("listens again after its connection was ended, says so, and sends what it could not send")
  func terminated() throws {
    let fixture = try ConnectionFixture()
    let (topic, name) = (fixture.name(), fixture.name())
    let sender = try Listener(fixture, topic: topic, application: name)
    let receiver = try Listener(fixture, topic: topic, application: name)
    defer { for listener in [sender, receiver] { listener.close() } }
    for round in 1...3 {
      try blockUntil("both to listen") {
        [sender, receiver].allSatisfy { $0.count(.listening) == round }
      }
      sender.tell(UInt8(round))
      try blockUntil("a commit to be heard") { receiver.count(.committed(UInt8(round))) == 1 }
      #expect(try fixture.server.terminateConnections(application: name) == 2)
    }
  }

  @Test("listens again after the server was restarted")
  func restart() throws {
    let server = try PostgreSQLTestServer()
    defer { server.close() }
    let fixture = try ConnectionFixture(server)
    let listeners = [
      try Listener(fixture, topic: "plans"), try Listener(fixture, topic: "plans"),
    ]
    defer { for listener in listeners { listener.close() } }
    try blockUntil("both to listen") { listeners.allSatisfy { $0.count(.listening) == 1 } }
    try server.restart(.immediate)
    try blockUntil("both to listen again") { listeners.allSatisfy { $0.count(.listening) == 2 } }
    listeners[0].tell(1)
    try blockUntil("a commit to be heard") { listeners[1].count(.committed(1)) == 1 }
  }

  @Test("tells of the last commits before it closes, also when it was only just opened")
  func lastCommits() throws {
    let fixture = try ConnectionFixture()
    let topic = fixture.name()
    let receiver = try Listener(fixture, topic: topic)
    defer { receiver.close() }
    try blockUntil("it to listen") { receiver.count(.listening) == 1 }
    for bit in 0..<8 {
      let sender = try Listener(fixture, topic: topic, interval: .seconds(3600))
      sender.tell(1 << UInt8(bit))
      sender.close()
      try blockUntil("the commit to be heard") {
        receiver.count(.committed(1 << UInt8(bit))) == 1
      }
    }
  }

  @Test("closes while the server is away")
  func closing() throws {
    let server = try PostgreSQLTestServer()
    defer { server.close() }
    let fixture = try ConnectionFixture(server)
    let listener = try Listener(fixture, topic: "plans")
    try blockUntil("it to listen") { listener.count(.listening) == 1 }
    try server.stop()
    listener.tell(1)
    listener.close()
    listener.close()
  }
}
