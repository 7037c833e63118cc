import PlanDomain
import PlanStorage

extension SQLiteEngineRegistry {
  /// Copies a backup to this path, which gets its name when it is complete, checked and on the disk.
  ///
  /// With `replacing`, takes the place of what exists at the path, in one step; no process may have
  /// that open. A log beside it is renamed first and removed afterwards. Throws `StorageError`:
  /// `invalidLocation` when something exists and `replacing` is false, `notAStore` for a file of
  /// another application, `busy` when a process has the database open, `corrupt` when the backup is
  /// damaged, and the errors of `openReadOnly` for it; an older schema is restored as it is.
  func restore(
    _ path: String, from backup: String, replacing: Bool, timeout: Duration,
    _ progress: @escaping @Sendable (_ done: Int, _ all: Int) throws -> Void
  ) throws {
    let (target, source) = (
      try DatabaseIdentity.file(at: path), try DatabaseIdentity.file(at: backup)
    )
    guard target != source else {
      throw StorageError(
        .invalidLocation, operation: "restoring", subject: target.subject,
        reason: "the backup is the file that it would replace", advice: "name another backup")
    }
    let store = try openReadOnly(
      backup, SQLiteOptions(busyTimeout: timeout), allowsOlderSchema: true)
    defer { try? store.close() }
    let report = try store.integrityCheck()
    guard report.isSound else {
      throw StorageError(
        .corrupt, operation: "restoring", subject: source.subject,
        reason: "it has \(report.problems.count) problems, the first: \(report.problems[0])",
        advice: "restore another backup; nothing was changed")
    }
    let isRestored: Void? = try enginesByPath.whileClosed(target) {
      guard let targetPath = target.path else { return }
      guard replacing, try target.fileIdentity() != nil else {
        return try BackupFile.write(targetPath) { try store.copy(to: $0, progress) }
      }
      try checkMayBeReplaced(target, timeout)
      try Self.replace(targetPath, target.subject) { file in try store.copy(to: file, progress) }
    }
    guard isRestored != nil else {
      throw StorageError(
        .busy, operation: "replacing", subject: target.subject,
        reason: "this process has it open", advice: "close it first")
    }
  }

  /// Throws `notAStore` for a file of another application; a store that is damaged is replaced.
  private func checkMayBeReplaced(
    _ target: DatabaseIdentity, _ timeout: Duration
  ) throws(StorageError) {
    guard target.bytes() ?? 0 > 0 else { return }
    let inspection = SchemaInspection(
      identity: target, migrations: probes.migrations, timeout: timeout)
    do { _ = try inspection.state() } catch {
      guard error.code == .notAStore else { return }
      throw StorageError(
        .notAStore, operation: "replacing", subject: target.subject, reason: error.reason,
        advice: "move it away first, if it is to be replaced")
    }
  }

  private static func replace(
    _ path: String, _ subject: String, _ body: (BackupFile) throws -> Void
  ) throws {
    let lock = try ReplacedDatabase(locking: path, subject: subject)
    let file = try BackupFile(path, replaces: true)
    do {
      try body(file)
      try lock.withoutCompanions(subject) { try file.publish() }
    } catch {
      file.discard()
      throw error
    }
  }
}
