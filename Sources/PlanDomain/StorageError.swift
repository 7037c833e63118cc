/// What a store could not do: what it was doing, to what, why, and what to do about it.
///
/// Never carries the value of an argument, a result or a bound parameter.
public struct StorageError: Error, Hashable, Sendable {
  /// The kinds of trouble, stable for programs.
  public enum Code: String, Hashable, Sendable, CaseIterable {
    /// Something of this identity is stored already.
    case duplicate
    /// Something refers to what is not stored.
    case missingReference
    /// What was to be changed is not stored.
    case notFound
    /// What was to be changed has another version or epoch by now.
    case staleWrite
    /// A unit of work was asked for from inside another one of the same store.
    case nestedUnitOfWork
    /// A session was used after its unit of work had ended.
    case sessionEnded
    /// The store was used after it was closed.
    case closed
    /// The store was opened before the process forked.
    case forked
    /// The store is open under other options, or is being opened by this very call.
    case conflictingOpen
    /// The location names no store.
    case invalidLocation
    /// The store could not be opened.
    case cannotOpen
    /// Others kept the store locked for too long.
    case busy
    /// There is no room left.
    case full
    /// There is no memory left.
    case outOfMemory
    /// The store cannot be written to.
    case readOnly
    /// The store was written by a newer version of this software.
    case schemaTooNew
    /// The location holds something else than a store of this software.
    case notAStore
    /// What is stored is not what was written.
    case corrupt
    /// The store's file was moved, replaced or deleted while it was open.
    case moved
    /// Reading or writing failed below the store.
    case inputOutput
  }

  /// The kind of trouble.
  public let code: Code
  /// What was being done, as in "saving".
  public let operation: String
  /// To what, as in "plan 01K…".
  public let subject: String
  /// Why it failed, when the code does not say it all.
  public let reason: String

  /// Describes a failure.
  public init(_ code: Code, operation: String, subject: String, reason: String = "") {
    self.code = code
    self.operation = operation
    self.subject = subject
    self.reason = reason
  }
}

extension StorageError: CustomStringConvertible {
  /// One sentence for people: what failed, why, and what to do about it.
  public var description: String {
    let why = reason.isEmpty ? code.meaning : "\(code.meaning) (\(reason))"
    return "\(operation) \(subject) failed: \(why); \(code.advice)"
  }
}

extension StorageError {
  /// Whether repeating the whole unit of work can help, perhaps after a pause.
  ///
  /// True when it failed for a reason that passes by itself or that others may end: a stale read,
  /// a lock, no room, no memory. Otherwise the same would happen again.
  public var isRetryable: Bool {
    switch code {
    case .staleWrite, .busy, .full, .outOfMemory: true
    case .duplicate, .missingReference, .notFound, .nestedUnitOfWork, .sessionEnded, .closed,
      .forked, .conflictingOpen, .invalidLocation, .cannotOpen, .readOnly, .schemaTooNew,
      .notAStore, .corrupt, .moved, .inputOutput:
      false
    }
  }
}

extension StorageError.Code {
  /// What the code means.
  var meaning: String {
    switch self {
    case .duplicate: "it is stored already"
    case .missingReference: "it refers to something that is not stored"
    case .notFound: "it is not stored"
    case .staleWrite: "it was changed since it was read"
    case .nestedUnitOfWork: "a unit of work of this store is under way on this thread"
    case .sessionEnded: "the unit of work has ended"
    case .closed: "the store is closed"
    case .forked: "the store was opened before this process forked"
    case .conflictingOpen: "the store is in use in another way"
    case .invalidLocation: "the location names no store"
    case .cannotOpen: "the store could not be opened"
    case .busy: "the store was locked by others for too long"
    case .full: "there is no room left"
    case .outOfMemory: "there is no memory left"
    case .readOnly: "the store cannot be written to"
    case .schemaTooNew: "the store was written by a newer version"
    case .notAStore: "it is not a store of this software"
    case .corrupt: "the stored data is damaged"
    case .moved: "its file was moved, replaced or deleted while it was open"
    case .inputOutput: "reading or writing failed"
    }
  }

  /// What to do about it.
  var advice: String {
    switch self {
    case .duplicate: "use another identity or read the stored one"
    case .missingReference: "store what it refers to first"
    case .notFound: "check the identity"
    case .staleWrite: "read it again and repeat the whole unit of work"
    case .nestedUnitOfWork: "use the unit of work at hand"
    case .sessionEnded: "keep values, not sessions, beyond a unit of work"
    case .closed: "open the store again"
    case .forked: "open the store in the child process"
    case .conflictingOpen: "open it with the same options everywhere"
    case .invalidLocation: "write sqlite:FILE, memory: or memory:NAME"
    case .cannotOpen: "check that it exists and may be read and written"
    case .busy: "repeat the whole unit of work"
    case .full: "free some room and repeat the unit of work"
    case .outOfMemory: "free some memory and repeat the unit of work"
    case .readOnly: "check its permissions"
    case .schemaTooNew: "use a newer version of this software"
    case .notAStore: "choose another location"
    case .corrupt: "restore a backup"
    case .moved: "close it, put the file back, and open it again"
    case .inputOutput: "check the device below it"
    }
  }
}
