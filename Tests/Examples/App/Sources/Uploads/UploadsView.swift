#if canImport(SwiftUI)
  import Planwright
  import SwiftUI

  /// The list of uploads, with the commands that each allows.
  struct UploadsView: View {
    let model: UploadsModel
    @Environment(\.scenePhase) private var phase

    var body: some View {
      List(model.list.rows) { row in
        UploadRowView(row: row, model: model)
      }
      .overlay(alignment: .bottom) {
        if let problem = model.problem { Text(problem).font(.footnote).padding() }
      }
      .task { await model.run() }
      .onChange(of: phase) { _, phase in
        switch phase {
        case .background: model.setActive(false)
        case .active: model.setActive(true)
        default: break
        }
      }
    }
  }

  private struct UploadRowView: View {
    let row: UploadRow
    let model: UploadsModel

    var body: some View {
      HStack {
        VStack(alignment: .leading) {
          Text(row.title)
          Text(row.failure ?? row.status.description).font(.caption).foregroundStyle(.secondary)
        }
        Spacer()
        if row.canPublish { Button("Publish") { Task { await model.publish(row) } } }
        if row.canRetry { Button("Retry") { Task { await model.retry(row) } } }
        if row.canCancel { Button("Cancel") { Task { await model.cancel(row) } } }
      }
      .buttonStyle(.borderless)
    }
  }
#endif
