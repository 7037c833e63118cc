import PlanStorage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Learns from the system when any process writes to the log of a database, and tells of it once.
///
/// By inotify, with glibc only; elsewhere nothing is told. A write precedes its commit: the pages are
/// in the log before they are synced and become visible. Safe to use from any thread.
final class LogWriteSignal: Sendable {
  private struct State: Sendable {
    var handlers: [@Sendable () -> Void] = []
    /// What a thread waits for; nil while nothing is watched.
    var watch: Watch?
    var isStopped = false
  }

  /// An inotify instance with one watch.
  private struct Watch: Sendable {
    let descriptor: Int32
    let number: Int32
  }

  private let path: String
  private let logName: [UInt8]
  private let isOfReader: Bool
  private let state = Locked(State())

  /// Creates a signal for the log of the database at this path; asks nothing of the system yet.
  ///
  /// A store that only reads has no log of its own (`isOfReader`): where there is none, the signal
  /// tells of the next one, which a process creates before it writes.
  init(ofDatabaseAt path: String, isOfReader: Bool = false) {
    self.path = path + "-wal"
    logName = Array(self.path.utf8.split(separator: UInt8(ascii: "/")).last ?? [])
    self.isOfReader = isOfReader
  }

  #if canImport(Glibc)
    /// Calls the handler once, on a thread that it must not block, after the next write to the log,
    /// after the log was moved or deleted, or when the signal is stopped.
    ///
    /// Returns false, and never calls it, when there is nothing to watch, the system has no more
    /// descriptors or threads, or the signal is stopped.
    func onNextWrite(_ handler: @escaping @Sendable () -> Void) -> Bool {
      state.withLock { state in
        if state.watch == nil, !state.isStopped { state.watch = startWatching() }
        guard state.watch != nil else { return false }
        state.handlers.append(handler)
        return true
      }
    }

    /// Ends the watching, so that the handlers that wait are called soon; nothing is told until
    /// `start`.
    func stop() {
      state.withLock { state in
        state.isStopped = true
        // The thread reads that the watch is gone, and ends.
        if let watch = state.watch { inotify_rm_watch(watch.descriptor, watch.number) }
      }
    }

    /// Starts a thread that waits for one event; returns nil when the system cannot.
    private func startWatching() -> Watch? {
      let descriptor = inotify_init1(Int32(IN_CLOEXEC))
      guard descriptor >= 0 else { return nil }
      let number = watch(descriptor)
      // The thread keeps this object until the event, which `stop` brings about at the latest.
      guard number >= 0, DetachedThread.start({ self.awaitEvent(of: descriptor) }) else {
        close(descriptor)
        return nil
      }
      return Watch(descriptor: descriptor, number: number)
    }

    /// Adds the watch whose end ends the thread; returns -1 when there is nothing to watch.
    private func watch(_ descriptor: Int32) -> Int32 {
      let log = watchLog(descriptor)
      guard log < 0, isOfReader else { return log }
      let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
      let created = UInt32(IN_CREATE | IN_MOVED_TO | IN_MOVE_SELF | IN_DELETE_SELF)
      let number = inotify_add_watch(descriptor, folder, created)
      // The log may have been created in between.
      let later = watchLog(descriptor)
      return later < 0 ? number : later
    }

    /// Watches the log, if there is one.
    ///
    /// One event for each watch, so that a busy writer wakes nobody who does not wait.
    private func watchLog(_ descriptor: Int32) -> Int32 {
      var events = UInt32(IN_MODIFY | IN_MOVE_SELF | IN_DELETE_SELF) | UInt32(IN_ONESHOT)
      // SQLite gives the log to the owner of the database whenever root opens it: each read of a
      // reader would tell of a write. The writer, whose log stays open, learns of a removal so.
      if !isOfReader { events |= UInt32(IN_ATTRIB) }
      return inotify_add_watch(descriptor, path, events)
    }

    private func awaitEvent(of descriptor: Int32) {
      withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 8) { buffer in
        while true {
          let count = read(descriptor, buffer.baseAddress, buffer.count)
          if count < 0, errno == EINTR { continue }
          if isTold(by: UnsafeRawBufferPointer(buffer), count) { break }
        }
      }
      let handlers = state.withLock { state in
        defer { (state.watch, state.handlers) = (nil, []) }
        return state.handlers
      }
      close(descriptor)
      for handler in handlers { handler() }
    }

    /// Whether one of the events is not the creation of another file beside the log.
    private func isTold(by events: UnsafeRawBufferPointer, _ count: Int) -> Bool {
      let header = MemoryLayout<inotify_event>.size
      var offset = 0
      while offset + header <= count {
        let event = events.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
        let text = events[(offset + header)..<(offset + header + Int(event.len))]
        // An event of a folder has the name of a file, filled up with zeros.
        let name = text.prefix { $0 != 0 }
        if name.isEmpty || name.elementsEqual(logName) { return true }
        offset += header + text.count
      }
      return count <= 0
    }
  #else
    /// Returns false, and never calls the handler.
    func onNextWrite(_ handler: @escaping @Sendable () -> Void) -> Bool { false }

    /// Does nothing.
    func stop() {}
  #endif

  /// Admits calls again.
  func start() { state.withLock { $0.isStopped = false } }
}
