import Observation
import Planwright

/// The newest plans of an action, as the store has them; for views.
@MainActor @Observable
final class UploadList {
  /// The newest first.
  private(set) var rows: [UploadRow] = []
  private let plans: PlanLifecycleService
  private let action: ActionName

  init(plans: PlanLifecycleService, action: ActionName) {
    self.plans = plans
    self.action = action
  }

  /// Shows what is stored, then each change, also those of other processes, until it is cancelled.
  ///
  /// Goes on after a suspension of the store. Throws `StorageError` when the store fails.
  func follow() async throws {
    while !Task.isCancelled {
      do {
        let cursor = try await load()
        for try await change in plans.changes(after: cursor) {
          try await update(change.event.plan)
        }
      } catch PlanError.Code.cursorExpired {
        // Plans were removed that the list may show: begin again.
      } catch StorageError.Code.suspended {
        // A read was ended by the suspension; the next one waits for its end.
      } catch is CancellationError {
        return
      }
    }
  }

  /// Reads all rows, and the cursor of the changes after them, on one snapshot.
  @discardableResult
  func load() async throws -> EventCursor {
    let query = PlanQuery(PlanFilter(action: action), order: .newestFirst, limit: .largest)
    let (page, cursor) = try await plans.read { snapshot in
      (try snapshot.plans(matching: query).rows, try snapshot.latestCursor())
    }
    rows = page.map(UploadRow.init)
    return cursor
  }

  private func update(_ id: Plan.ID) async throws {
    let row: UploadRow
    do { row = UploadRow(try await plans.handle(for: id).plan()) } catch PlanError.Code.planNotFound
    {
      return rows.removeAll { $0.id == id }
    }
    if let index = rows.firstIndex(where: { $0.id == id }) {
      // An event that is read late finds a plan that was read already.
      if rows[index] != row { rows[index] = row }
    } else {
      rows.insert(row, at: rows.firstIndex { $0.id < id } ?? rows.endIndex)
    }
  }
}
