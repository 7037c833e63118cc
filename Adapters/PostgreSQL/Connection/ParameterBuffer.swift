import PlanDomain

/// The parameters of one command in the server's binary format; its memory is used again.
///
/// Belongs to one connection and is used like it: by one thread at a time.
final class ParameterBuffer {
  private var bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 8)
  private var used = 0
  private var starts: [Int] = []
  /// The values, nil for NULL; valid until the next change.
  private(set) var pointers: [UnsafePointer<CChar>?] = []
  private(set) var lengths: [Int32] = []
  /// For each value the format: binary.
  private(set) var formats: [Int32] = []
  /// The identifiers of the types; 0 for NULL.
  private(set) var types: [UInt32] = []

  deinit { bytes.deallocate() }

  /// Encodes these values in place of those before.
  func encode(_ values: [PostgreSQLValue]) {
    if used > 1 << 20 { reserve(4096) }
    used = 0
    starts.removeAll(keepingCapacity: true)
    pointers.removeAll(keepingCapacity: true)
    lengths.removeAll(keepingCapacity: true)
    for value in values {
      starts.append(used)
      append(value)
      lengths.append(Int32(clamping: used - starts[starts.count - 1]))
    }
    for (index, value) in values.enumerated() {
      // An empty value has an address too: an address of nil means NULL.
      let start = value == .null ? nil : bytes.baseAddress.map { $0 + starts[index] }
      pointers.append(start.map { UnsafePointer($0.assumingMemoryBound(to: CChar.self)) })
    }
    while formats.count < values.count { formats.append(1) }
  }

  /// Collects the types of these values, for the preparation of their statement.
  func collectTypes(_ values: [PostgreSQLValue]) {
    types.removeAll(keepingCapacity: true)
    for value in values { types.append(value.type?.rawValue ?? 0) }
  }

  private func append(_ value: PostgreSQLValue) {
    switch value {
    case .null: break
    case .int(let value): append(value)
    case .bool(let value): append(value ? 1 : 0 as UInt8)
    case .text(let text): append(text)
    case .bytes(let value): value.withUnsafeBytes { append($0) }
    case .id(let id): append(id)
    case .ints(let values):
      appendArray(.bigint, values) {
        append(8 as Int32); append($0)
      }
    case .texts(let values):
      appendArray(.text, values) { text in appendCounted { append(text) } }
    case .ids(let values):
      appendArray(.uuid, values) {
        append(16 as Int32); append($0)
      }
    case .byteStrings(let values):
      appendArray(.bytea, values) { element in
        appendCounted { element.withUnsafeBytes { append($0) } }
      }
    }
  }

  /// Appends an array of one dimension: its header, then each element after its length.
  private func appendArray<Element>(
    _ type: PostgreSQLType, _ values: [Element], _ element: (Element) -> Void
  ) {
    append(values.isEmpty ? 0 : 1 as Int32)
    append(0 as Int32)  // No element is NULL.
    append(type.rawValue)
    if values.isEmpty { return }
    append(Int32(clamping: values.count))
    append(1 as Int32)  // The index of the first element.
    values.forEach(element)
  }

  private func appendCounted(_ element: () -> Void) {
    let start = used
    append(0 as Int32)
    element()
    let length = Int32(clamping: used - start - 4).bigEndian
    bytes.storeBytes(of: length, toByteOffset: start, as: Int32.self)
  }

  private func append(_ text: String) {
    var text = text
    text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
  }

  private func append(_ id: ULID) {
    append(id.high)
    append(id.low)
  }

  private func append(_ value: some FixedWidthInteger) {
    var value = value.bigEndian
    withUnsafeBytes(of: &value) { append($0) }
  }

  private func append(_ part: UnsafeRawBufferPointer) {
    if used + part.count > bytes.count { reserve(max(bytes.count * 2, used + part.count)) }
    UnsafeMutableRawBufferPointer(rebasing: bytes[used...]).copyMemory(from: part)
    used += part.count
  }

  private func reserve(_ count: Int) {
    let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 8)
    larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<min(used, count)]))
    bytes.deallocate()
    bytes = larger
  }
}
