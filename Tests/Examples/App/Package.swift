// swift-tools-version: 6.3
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .treatAllWarnings(as: .error),
]

// The model of an app: a list of plans that follows the store, and the commands of the user.
let package = Package(
  name: "App",
  platforms: [.macOS(.v15), .iOS(.v18)],
  products: [.library(name: "Uploads", targets: ["Uploads"])],
  dependencies: [.package(name: "Planwright", path: "../../..")],
  targets: [
    .target(
      name: "Uploads", dependencies: [.product(name: "Planwright", package: "Planwright")],
      swiftSettings: strict),
    .testTarget(
      name: "UploadsTests",
      dependencies: ["Uploads", .product(name: "Planwright", package: "Planwright")],
      swiftSettings: strict),
  ]
)
