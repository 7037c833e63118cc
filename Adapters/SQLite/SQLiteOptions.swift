/// How a SQLite store is kept.
public struct SQLiteOptions: Hashable, Sendable {
  /// What an acknowledged unit of work survives.
  public enum Durability: String, Hashable, Sendable, CaseIterable {
    /// The end of the process and of the machine: the log is synced at every commit.
    ///
    /// On macOS the system's SQLite maps a full sync to a barrier, which keeps the order of writes
    /// but may leave the latest ones in the drive's cache when the power fails. Before each
    /// acknowledgement the files are looked at as well: none is given for a file that was moved,
    /// replaced or deleted by then.
    case full
    /// The end of the process, at any moment; when the machine ends, the latest units of work may
    /// be gone, whole ones and in order: the log is synced at checkpoints only.
    ///
    /// The files are looked at every 10 milliseconds: what is acknowledged between the moment at
    /// which they are moved, replaced or deleted and the next look is in the lost files alone.
    case normal
  }

  /// What an acknowledged unit of work survives.
  public let durability: Durability
  /// Whether the store belongs to this process alone: faster, and opening it elsewhere fails.
  ///
  /// Does not keep anyone from moving or deleting the file: what can be lost then is what
  /// `durability` says.
  public let exclusive: Bool
  /// How long to wait for other processes before a call fails with `busy`.
  public let busyTimeout: Duration
  /// How many reads run at a time, at least 1.
  public let readers: Int

  /// Whether the thread that commits for tasks may spin for up to 60 microseconds before it sleeps.
  ///
  /// That costs processor time while tasks write, and saves waking the thread for each commit. It
  /// never spins on a system with one processor, nor on iOS; elsewhere, pass false for a program
  /// that often runs on a battery.
  public let allowsSpinning: Bool

  /// Durable, shared between processes, five seconds of patience, four readers.
  public static let standard = SQLiteOptions()

  /// Chooses how the store is kept.
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
