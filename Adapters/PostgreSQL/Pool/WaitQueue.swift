/// A queue whose elements can leave it from any position.
struct WaitQueue<Element: Sendable>: Sendable {
  private var elements: [Int: Element] = [:]
  private var head = 0
  private var tail = 0

  var isEmpty: Bool { elements.isEmpty }
  var count: Int { elements.count }

  /// Appends an element and returns the number with which it can be removed.
  mutating func append(_ element: Element) -> Int {
    defer { tail += 1 }
    elements[tail] = element
    return tail
  }

  /// Removes the element with this number; nil when it has left the queue.
  mutating func remove(_ number: Int) -> Element? { elements.removeValue(forKey: number) }

  /// Removes the first element.
  mutating func popFirst() -> Element? {
    _ = first
    return elements.removeValue(forKey: head)
  }

  /// The first element.
  var first: Element? {
    mutating get {
      while head < tail {
        if let element = elements[head] { return element }
        head += 1
      }
      return nil
    }
  }

  /// Removes all elements and returns them in order.
  mutating func removeAll() -> [Element] {
    var all: [Element] = []
    while let element = popFirst() { all.append(element) }
    return all
  }
}
