// swift-tools-version: 6.3
import PackageDescription

// A store from outside: it sees the products of Planwright, and nothing else of it.
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
      ]),
    .executableTarget(
      name: "journal-contract",
      dependencies: [
        "JournalStorage", .product(name: "PlanStorageContract", package: "Planwright"),
      ]),
    .testTarget(
      name: "JournalStorageTests",
      dependencies: [
        "JournalStorage", "journal-contract",
        .product(name: "PlanStorageContract", package: "Planwright"),
        .product(name: "Planwright", package: "Planwright"),
      ]),
  ]
)
