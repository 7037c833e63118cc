/// A call that a store refused or failed to execute: the operation, its subject and the reason.
///
/// Never contains the value of an argument, a result or a bound parameter. A unit of work that
/// fails is rolled back. Only when the device or the file fails during the commit the store cannot
/// always tell: after ``Code/inputOutput`` and ``Code/moved``, read what is stored before you
/// repeat a unit of work, or use idempotency keys.
///
/// Each read and each unit of work of an open store can throw the following codes; members name
/// others.
///
/// - ``Code/busy``, ``Code/full``, ``Code/outOfMemory``, ``Code/inputOutput``: the system or
///   another process prevented the call. ``isRetryable`` says whether it can succeed later.
/// - ``Code/suspended``: the host has suspended the store; the call can be repeated after the
///   resumption.
/// - ``Code/closed``, ``Code/moved``, ``Code/forked``, ``Code/schemaTooNew``: this store cannot be
///   used any more.
/// - ``Code/corrupt``: what is stored cannot be read. An unreadable plan does not affect the
///   others.
/// - ``Code/readOnly``: the store was opened for reading only, or its file cannot be written.
/// - ``Code/nestedUnitOfWork``, ``Code/sessionEnded``: the program made the call in the wrong
///   place.
public struct StorageError: Error, Hashable, Sendable {
  /// The stable code of a `StorageError`.
  ///
  /// Later versions add codes, so a `switch` over them needs a `default`.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    /// The name of the code, stable for programs and logs.
    public let rawValue: String
    /// The meaning of the code, as a clause for a sentence.
    let meaning: String
    /// The advice for the code, as a clause for a sentence.
    let advice: String
    /// Whether repeating the whole unit of work can succeed.
    let isRetryable: Bool

    private init(
      _ rawValue: String, _ meaning: String, _ advice: String, isRetryable: Bool = false
    ) {
      self.rawValue = rawValue
      self.meaning = meaning
      self.advice = advice
      self.isRetryable = isRetryable
    }

    /// The name of the code.
    public var description: String { rawValue }

    /// Whether an error has this code, as in `catch StorageError.Code.busy`.
    public static func ~= (code: Code, error: any Error) -> Bool {
      (error as? StorageError)?.code == code
    }

    /// Whether both are the same code.
    public static func == (a: Code, b: Code) -> Bool { a.rawValue == b.rawValue }

    /// Hashes the name.
    public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
  }

  /// The stable code of the error.
  public let code: Code
  /// The operation that failed, as in "saving".
  public let operation: String
  /// The object of the operation, as in "plan 01K…".
  public let subject: String
  /// Details of the failure; empty when the code is sufficient.
  public let reason: String
  /// What to do about it, as a clause for a sentence.
  public let advice: String

  /// Creates an error, for authors of stores; without `advice`, it has that of its code.
  ///
  /// A `subject`, `reason` or `advice` of more than 1000 bytes is cut.
  public init(
    _ code: Code, operation: String, subject: String, reason: String = "", advice: String? = nil
  ) {
    self.code = code
    self.operation = operation
    self.subject = subject.shortened(toBytes: 1000)
    self.reason = reason.shortened(toBytes: 1000)
    self.advice = advice?.shortened(toBytes: 1000) ?? code.advice
  }
}

extension StorageError: CustomStringConvertible {
  /// One sentence for people: what failed, why, and what to do.
  public var description: String {
    let why = reason.isEmpty ? code.meaning : "\(code.meaning) (\(reason))"
    return "\(operation) \(subject) failed: \(why); \(advice)"
  }
}

extension StorageError {
  /// Whether repeating the whole unit of work can succeed, perhaps after a pause.
  ///
  /// True for temporary causes: a stale read, a lock, a full disk, a lack of memory. Otherwise the
  /// same error would occur again.
  public var isRetryable: Bool { code.isRetryable }
}

extension StorageError.Code: CaseIterable {
  /// All codes of this version.
  public static let allCases: [StorageError.Code] = [
    .duplicate, .missingReference, .notFound, .staleWrite, .nestedUnitOfWork, .sessionEnded,
    .closed, .forked, .conflictingOpen, .invalidLocation, .cannotOpen, .busy, .full, .outOfMemory,
    .readOnly, .schemaTooNew, .notAStore, .corrupt, .moved, .inputOutput,
    .unsupported, .suspended, .unavailable, .outcomeUnknown,
  ]

  /// The object to insert is already stored.
  public static let duplicate = StorageError.Code(
    "duplicate", "it is stored already",
    "use another identity or read the stored one")
  /// A value refers to an object that is not stored.
  public static let missingReference = StorageError.Code(
    "missingReference", "it refers to something that is not stored",
    "store what it refers to first")
  /// The object to change is not stored.
  public static let notFound = StorageError.Code(
    "notFound", "it is not stored",
    "check the identity")
  /// The stored version or epoch differs from the one that the caller read.
  public static let staleWrite = StorageError.Code(
    "staleWrite", "it was changed after it was read",
    "read it again and repeat the whole unit of work", isRetryable: true)
  /// A unit of work was started inside another unit of work of the same store.
  public static let nestedUnitOfWork = StorageError.Code(
    "nestedUnitOfWork", "a unit of work of this store is running on this thread",
    "use the unit of work that is running")
  /// A session was used after its unit of work had ended.
  public static let sessionEnded = StorageError.Code(
    "sessionEnded", "the unit of work has ended",
    "return values from a unit of work, not its session")
  /// The store was used after it was closed.
  public static let closed = StorageError.Code(
    "closed", "the store is closed",
    "open the store again")
  /// The store was opened before the process forked.
  public static let forked = StorageError.Code(
    "forked", "the store was opened before this process forked",
    "open the store in the child process")
  /// The store is open with other options, or is being opened by this same call.
  public static let conflictingOpen = StorageError.Code(
    "conflictingOpen", "the store is open with other options or is being opened by this call",
    "open it with the same options everywhere")
  /// The location does not name a store.
  public static let invalidLocation = StorageError.Code(
    "invalidLocation", "the location does not name a store",
    "write sqlite:FILE, memory: or memory:NAME")
  /// The store could not be opened.
  public static let cannotOpen = StorageError.Code(
    "cannotOpen", "the store could not be opened",
    "check that it exists and may be read and written")
  /// Other connections kept the store locked for too long.
  public static let busy = StorageError.Code(
    "busy", "other connections kept the store locked for too long",
    "repeat the whole unit of work", isRetryable: true)
  /// The disk or the quota is full.
  public static let full = StorageError.Code(
    "full", "the disk or the quota is full",
    "free some disk space and repeat the unit of work", isRetryable: true)
  /// The system has no free memory.
  public static let outOfMemory = StorageError.Code(
    "outOfMemory", "the system has no free memory",
    "free some memory and repeat the unit of work", isRetryable: true)
  /// The store or the session is read-only.
  public static let readOnly = StorageError.Code(
    "readOnly", "the store cannot be written to",
    "check its permissions")
  /// The store was written by a newer version of this software.
  public static let schemaTooNew = StorageError.Code(
    "schemaTooNew", "the store was written by a newer version",
    "use a newer version of this software")
  /// The location contains something other than a store of this software.
  public static let notAStore = StorageError.Code(
    "notAStore", "it is not a store of this software",
    "choose another location")
  /// The stored data cannot be decoded or is contradictory.
  public static let corrupt = StorageError.Code(
    "corrupt", "the stored data is damaged",
    "restore a backup")
  /// The store's file was moved, replaced or deleted while it was open.
  public static let moved = StorageError.Code(
    "moved", "its file was moved, replaced or deleted while it was open",
    "close it, put the file back, and open it again")
  /// An input or output operation below the store failed.
  public static let inputOutput = StorageError.Code(
    "inputOutput", "reading or writing failed",
    "check the disk that holds it")
  /// The store does not support the operation.
  public static let unsupported = StorageError.Code(
    "unsupported", "this kind of store does not support it",
    "check system.maintenance.supported, or use sqlite:FILE, which supports all operations")
  /// The store was suspended before the call began or ended.
  public static let suspended = StorageError.Code(
    "suspended", "the store is suspended",
    "repeat the whole unit of work after the store was resumed", isRetryable: true)
  /// The server of the store cannot be reached, or takes no connections at present.
  public static let unavailable = StorageError.Code(
    "unavailable", "the server of the store cannot be reached",
    "check that the server runs, and repeat the whole unit of work", isRetryable: true)
  /// The connection was lost during a commit, and the server could not be asked for the outcome.
  public static let outcomeUnknown = StorageError.Code(
    "outcomeUnknown", "it is not known whether the unit of work was committed",
    "read what it changes before you do it once more")
}
