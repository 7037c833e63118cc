import Foundation

/// A value with a member of every form, for the decoder of typed actions.
struct FuzzedOrder: Codable, Equatable, Sendable {
  enum Payment: Codable, Equatable, Sendable {
    case cash
    case card(number: String, expires: Date)
  }

  var id: UUID
  var express: Bool?
  var weight: Double
  var count: UInt8
  var items: [String: [Int?]]
  var byFloor: [Int: Float]
  var payment: Payment
  var site: URL?
  var label: Data
  var wait: Duration
  var parts: [FuzzedOrder]

  /// Orders that are read without an error.
  static let samples = [
    FuzzedOrder(
      id: UUID(uuid: (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)), express: nil,
      weight: 0.1, count: 255, items: ["pen": [1, nil, -3], "": []], byFloor: [-1: 0.5],
      payment: .card(number: "4711", expires: Date(timeIntervalSinceReferenceDate: 1.5)),
      site: URL(string: "https://example.com/a?b#c"), label: Data([0, 127, 255]),
      wait: .milliseconds(1_500), parts: []),
    FuzzedOrder(
      id: UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)), express: true, weight: -1,
      count: 0, items: [:], byFloor: [:], payment: .cash, site: nil, label: Data(), wait: .zero,
      parts: []),
  ]
}
