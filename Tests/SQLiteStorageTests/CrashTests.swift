import TestSupport
import TestTraits
import Testing

@Suite("A SQLite store whose disk fails or whose process is killed", .dedicatedThread)
struct CrashTests {
  // After SQLite's own anomaly tests: I/O errors once and for ever, and the power going, at one
  // operation after the other.
  @Test("survives a disk that fails at any operation, and one that loses its power")
  func failingDisk() throws {
    let stride = Rounds.isShort ? 31 : Rounds.isLong ? 3 : 11
    let member = try TestProcess("disk", "--stride", "\(stride)")
    let lines = member.lines()
    #expect(lines.last?.hasSuffix("none fatal") == true && member.status == 0, "\(lines)")
  }

  // What shows that the test above can fail: a commit that does not wait for the disk.
  @Test("would be found out if it acknowledged what the disk does not have")
  func strictDisk() throws {
    let member = try TestProcess("disk", "--stride", "3", "--strict")
    let lines = member.lines()
    #expect(lines.last?.hasSuffix("none fatal") == false && member.status == 1, "\(lines)")
    #expect(lines.contains { $0.contains("power loss at operation") })
  }

  @Test("loses nothing that it acknowledged to a kill, and keeps nothing by half")
  func killed() throws {
    let member = try TestProcess("kill", "--rounds", "\(Rounds.scaled(20, long: 60))")
    let lines = member.lines()
    #expect(member.status == 0 && lines.last?.hasSuffix("none lost") == true, "\(lines)")
  }
}
