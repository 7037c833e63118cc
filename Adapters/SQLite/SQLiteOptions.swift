/// The options of a SQLite store.
///
/// ```swift
/// let options = SQLiteOptions(durability: .normal, busyTimeout: .seconds(30))
/// let system = try PlanSystem.open(.sqlite(at: "plans.db", options: options))
/// ```
public struct SQLiteOptions: Hashable, Sendable {
  /// The failures that an acknowledged unit of work survives.
  public enum Durability: String, Hashable, Sendable, CaseIterable {
    /// Survives the end of the process and of the machine: the log is synced at every commit.
    ///
    /// On macOS the system's SQLite maps a full sync to a barrier, which preserves the order of
    /// writes, but the latest ones may still be in the drive's cache when the power fails. The
    /// files are checked before each acknowledgement: nothing is acknowledged once a file was
    /// moved, replaced or deleted.
    case full
    /// Survives the end of the process at any moment: the log is synced only at checkpoints.
    ///
    /// When the machine fails, the latest units of work may be lost, as whole units and in order.
    /// The files are checked every 10 milliseconds: units of work that are acknowledged after a
    /// file was moved, replaced or deleted and before the next check are only in the lost files.
    case normal
  }

  /// The failures that an acknowledged unit of work survives.
  public let durability: Durability
  /// Whether only this process can open the store, which makes it faster.
  ///
  /// Does not prevent that the file is moved or deleted; `durability` states what can be lost then.
  public let exclusive: Bool
  /// How long a call waits for other processes before it throws `busy`.
  public let busyTimeout: Duration
  /// The maximum number of concurrent reads, at least 1.
  public let readers: Int

  /// Whether the thread that commits for tasks may spin for up to 60 microseconds before it sleeps.
  ///
  /// Spinning costs processor time while tasks write, and saves waking the thread for each commit.
  /// The thread never spins on a system with one processor or on iOS; elsewhere, pass false for a
  /// program that often runs on a battery.
  public let allowsSpinning: Bool

  /// Full durability, shared between processes, a busy timeout of five seconds, four readers.
  public static let standard = SQLiteOptions()

  /// Creates options; `readers` below 1 counts as 1.
  public init(
    durability: Durability = .full, exclusive: Bool = false,
    busyTimeout: Duration = .seconds(5), readers: Int = 4, allowsSpinning: Bool = true
  ) {
    self.durability = durability
    self.exclusive = exclusive
    self.busyTimeout = busyTimeout
    self.readers = max(1, readers)
    self.allowsSpinning = allowsSpinning
  }
}
