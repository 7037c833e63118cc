import Foundation

/// Curves over plans stored, both axes logarithmic, as SVG.
struct Plot {
  let curves: [Growth]

  private static let (width, height) = (860.0, 520.0)
  private static let (left, right, top, bottom) = (70.0, 250.0, 40.0, 50.0)
  private static let colors = [
    "#1b6ca8", "#c1440e", "#2e7d32", "#7b3fa0", "#0097a7", "#b8860b", "#c2185b", "#455a64",
    "#8d6e63", "#9e9d24",
  ]

  private var sizes: [Int] { Set(curves.flatMap { $0.points.map(\.plans) }).sorted() }

  private var decades: ClosedRange<Int> {
    let costs = curves.flatMap { $0.points.map(\.cost) }.filter { $0 > 0 }
    let low = Int(log10(costs.min() ?? 1).rounded(.down))
    return low...max(low + 1, Int(log10(costs.max() ?? 10).rounded(.up)))
  }

  private func x(_ plans: Int) -> Double {
    let (first, last) = (log10(Double(sizes.first ?? 1)), log10(Double(sizes.last ?? 10)))
    let share = last > first ? (log10(Double(plans)) - first) / (last - first) : 0
    return Self.left + share * (Self.width - Self.left - Self.right)
  }

  private func y(_ cost: Double) -> Double {
    let (low, high) = (Double(decades.lowerBound), Double(decades.upperBound))
    let share = (log10(max(cost, pow(10, low))) - low) / (high - low)
    return Self.height - Self.bottom - share * (Self.height - Self.top - Self.bottom)
  }

  /// The whole drawing.
  var svg: String {
    let (width, height) = (Int(Self.width), Int(Self.height))
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" \
      font-family="sans-serif" font-size="12">
      <rect width="\(width)" height="\(height)" fill="white"/>
      <text x="\(Self.left)" y="22" font-size="15">Microseconds for each operation, \
      by plans stored</text>
      \((grid + curves.enumerated().map(curve)).joined(separator: "\n"))
      </svg>

      """
  }

  private var grid: [String] {
    let (end, floor) = (Self.width - Self.right, Self.height - Self.bottom)
    let rows = decades.map { power in
      let place = y(pow(10, Double(power)))
      let label = power >= 0 ? String(Int(pow(10, Double(power)))) : "0.1"
      return """
        <line x1="\(Self.left)" y1="\(place)" x2="\(end)" y2="\(place)" stroke="#ddd"/>
        <text x="\(Self.left - 8)" y="\(place + 4)" text-anchor="end">\(label) µs</text>
        """
    }
    let columns = sizes.map { size in
      """
      <line x1="\(x(size))" y1="\(Self.top)" x2="\(x(size))" y2="\(floor)" stroke="#eee"/>
      <text x="\(x(size))" y="\(floor + 20)" text-anchor="middle">\(size)</text>
      """
    }
    return rows + columns
  }

  private func curve(_ index: Int, _ growth: Growth) -> String {
    let color = Self.colors[index % Self.colors.count]
    let points = growth.points.map { "\(x($0.plans)),\(y($0.cost))" }.joined(separator: " ")
    let legend = Self.top + 10 + Double(index) * 22
    let start = Self.width - Self.right + 16
    return """
      <polyline points="\(points)" fill="none" stroke="\(color)" stroke-width="2"/>
      <line x1="\(start)" y1="\(legend)" x2="\(start + 20)" y2="\(legend)" stroke="\(color)" \
      stroke-width="2"/>
      <text x="\(start + 26)" y="\(legend + 4)">\(growth.name)</text>
      """
  }
}
