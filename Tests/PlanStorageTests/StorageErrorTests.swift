import PlanStorage
import Testing

@Suite("The errors of stores")
struct StorageErrorTests {
  /// The code and the text of each error: the list may grow, and no code in it may change.
  static let texts: KeyValuePairs<String, String> = [
    "duplicate": "it is stored already; use another identity or read the stored one",
    "missingReference": "it refers to something that is not stored; store what it refers to first",
    "notFound": "it is not stored; check the identity",
    "staleWrite":
      "it was changed after it was read; read it again and repeat the whole unit of work",
    "nestedUnitOfWork":
      "a unit of work of this store is running on this thread; use the unit of work that is running",
    "sessionEnded":
      "the unit of work has ended; return values from a unit of work, not its session",
    "closed": "the store is closed; open the store again",
    "forked":
      "the store was opened before this process forked; open the store in the child process",
    "conflictingOpen":
      "the store is open with other options or is being opened by this call; "
      + "open it with the same options everywhere",
    "invalidLocation":
      "the location does not name a store; write sqlite:FILE, memory: or memory:NAME",
    "cannotOpen":
      "the store could not be opened; check that it exists and may be read and written",
    "busy":
      "other connections kept the store locked for too long; repeat the whole unit of work",
    "full": "the disk or the quota is full; free some disk space and repeat the unit of work",
    "outOfMemory": "the system has no free memory; free some memory and repeat the unit of work",
    "readOnly": "the store cannot be written to; check its permissions",
    "schemaTooNew":
      "the store was written by a newer version; use a newer version of this software",
    "notAStore": "it is not a store of this software; choose another location",
    "corrupt": "the stored data is damaged; restore a backup",
    "moved":
      "its file was moved, replaced or deleted while it was open; "
      + "close it, put the file back, and open it again",
    "inputOutput": "reading or writing failed; check the disk that holds it",
    "unsupported":
      "this kind of store does not support it; "
      + "check system.maintenance.supported, or use sqlite:FILE, which supports all operations",
    "suspended":
      "the store is suspended; repeat the whole unit of work after the store was resumed",
    "unavailable":
      "the server of the store cannot be reached; "
      + "check that the server runs, and repeat the whole unit of work",
    "outcomeUnknown":
      "it is not known whether the unit of work was committed; "
      + "read what it changes before you do it once more",
  ]

  @Test("have a stable code each, and a text that says what failed, why, and what to do")
  func codesAndTexts() {
    #expect(StorageError.Code.allCases.map(\.rawValue) == Self.texts.map(\.key))
    for (code, (_, text)) in zip(StorageError.Code.allCases, Self.texts) {
      let error = StorageError(code, operation: "saving", subject: "plan X")
      #expect(error.description == "saving plan X failed: \(text)")
    }
  }

  @Test("cut long texts, so that none of them fills a log")
  func longTexts() {
    let text = String(repeating: "é", count: 1_000_000)
    let error = StorageError(.corrupt, operation: "reading", subject: text, reason: text)
    #expect(error.subject == String(repeating: "é", count: 500) + "…")
    #expect(error.reason == error.subject)
    let short = StorageError(.corrupt, operation: "reading", subject: String(text.prefix(500)))
    #expect(short.subject == String(text.prefix(500)))
  }

  @Test("are caught by their codes, and by no other one's")
  func caught() {
    for code in StorageError.Code.allCases {
      let error = StorageError(code, operation: "saving", subject: "plan X")
      #expect(StorageError.Code.allCases.filter { $0 ~= error } == [code])
    }
    struct Other: Error {}
    #expect(!(StorageError.Code.busy ~= Other()))
  }
}
