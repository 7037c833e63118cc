// swift-tools-version: 6.3
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .treatAllWarnings(as: .error),
]

// A store in a package of its own: it sees the products of Planwright and nothing else.
let package = Package(
  name: "JournalStore",
  platforms: [.macOS(.v15), .iOS(.v18)],
  products: [.library(name: "JournalStorage", targets: ["JournalStorage"])],
  dependencies: [.package(name: "Planwright", path: "../..")],
  targets: [
    .target(
      name: "JournalStorage",
      dependencies: [
        .product(name: "PlanStorage", package: "Planwright"),
        .product(name: "InMemoryStorage", package: "Planwright"),
      ], swiftSettings: strict),
    .target(
      name: "JournalContract",
      dependencies: [
        "JournalStorage", .product(name: "PlanStorageContract", package: "Planwright"),
        .product(name: "PlanStorage", package: "Planwright"),
      ], swiftSettings: strict),
    .executableTarget(
      name: "journal-contract",
      dependencies: [
        "JournalContract", "JournalStorage",
        .product(name: "PlanStorageContract", package: "Planwright"),
      ], swiftSettings: strict),
    .testTarget(
      name: "JournalStorageTests",
      dependencies: [
        "JournalContract", "JournalStorage", "journal-contract",
        .product(name: "PlanStorage", package: "Planwright"),
        .product(name: "PlanStorageContract", package: "Planwright"),
        .product(name: "Planwright", package: "Planwright"),
      ], swiftSettings: strict),
  ]
)
