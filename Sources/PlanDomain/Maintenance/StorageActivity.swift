/// What a store did for all of its callers together.
public enum StorageActivity: Sendable {
  /// One transaction committed this many units of work; it began with the first of their bodies.
  case committed(unitsOfWork: Int, duration: Duration)
  /// The write-ahead log was copied into the main file.
  case checkpointed(CheckpointReport, duration: Duration)
  /// A checkpoint failed; the log grows until one succeeds.
  case checkpointFailed(any Error)
}
