import Foundation
import JournalStorage
import PlanStorage
public import PlanStorageContract

extension StorageHarness {
  /// Everything that the contract has to know about the journal store.
  public static let journal = StorageHarness(
    name: "journal",
    traits: StorageTraits(latency: .blocking, isDurable: true, isSharedBetweenProcesses: false),
    crashSubject: CrashSubjectProgram(
      executable: builtProduct("journal-contract"), arguments: [ContractProgram.crashSubjectCommand]
    )
  ) {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "planwright-\(UUID().uuidString).journal").path
    return FreshStore(.journal(at: path)) { try? FileManager.default.removeItem(atPath: path) }
  }

  /// The path of a product of this package: products and tests are built into one folder.
  private static func builtProduct(_ name: String) -> String {
    let tests = Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }
    let neighbour = tests ?? URL(fileURLWithPath: CommandLine.arguments[0])
    return neighbour.deletingLastPathComponent().appending(path: name).path
  }
}
