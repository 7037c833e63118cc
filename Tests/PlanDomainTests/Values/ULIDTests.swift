import PlanDomain
import TestSupport
import Testing

@Suite("A ULID")
struct ULIDTests {
  @Test(
    "is refused unless it is 26 characters of Crockford's base 32 below 2^128",
    arguments: [
      "", "0", "0123456789ABCDEFGHJKMNPQR", "0123456789ABCDEFGHJKMNPQRST",
      "80000000000000000000000000", "8ZZZZZZZZZZZZZZZZZZZZZZZZZ", "ZZZZZZZZZZZZZZZZZZZZZZZZZZ",
      "0000000000000000000000000I", "0000000000000000000000000L", "0000000000000000000000000O",
      "0000000000000000000000000U", "0000000000000000000000000u", "0000000000000000000000000-",
      "000000000000000000000000 0", "0000000000000000000000000\0", "0000000000000000000000000é",
      "☃☃☃☃☃☃☃☃☃☃☃☃☃☃☃☃☃☃☃☃☃☃☃☃☃☃", "00000000000000000000000٠٠٠",
    ])
  func refused(text: String) {
    #expect { try ULID(text) } throws: { error in
      PlanError.Code.invalidID ~= error
    }
  }

  @Test("is read in small and capital letters and written in capital ones")
  func accepted() throws {
    #expect(try ULID("00000000000000000000000000") == ULID(high: 0, low: 0))
    #expect(try ULID("7ZZZZZZZZZZZZZZZZZZZZZZZZZ") == ULID(high: .max, low: .max))
    #expect(try ULID("01arz3ndektsv4rrffq69g5fav").description == "01ARZ3NDEKTSV4RRFFQ69G5FAV")
    #expect(try ULID("01ARZ3NDEKTSV4RRFFQ69G5FAV").milliseconds == 1_469_922_850_259)
  }

  @Test("comes back from its text, and is ordered as its text is")
  func roundTrip() throws {
    var random = SeededGenerator.announced()
    var last = ULID(high: 0, low: 0)
    for _ in 0..<2_000 {
      let id = ULID(high: random.next(), low: random.next())
      #expect(try ULID(id.description) == id)
      #expect((last < id) == (last.description < id.description))
      last = id
    }
  }

  @Test("has a successor until its millisecond is used up")
  func successor() {
    #expect(ULID(high: 5, low: 9).successor() == ULID(high: 5, low: 10))
    #expect(ULID(high: 5, low: .max).successor() == ULID(high: 6, low: 0))
    #expect(ULID(high: 0x1FFFF, low: .max).successor() == nil)
  }

  @Test("of every kind of entity is written in the same way")
  func identifiers() throws {
    let id = try Plan.ID("01ARZ3NDEKTSV4RRFFQ69G5FAV")
    #expect(id.description == "01ARZ3NDEKTSV4RRFFQ69G5FAV")
    #expect(Plan.ID(ULID(high: 0, low: 1)) < id)
    #expect(errorCode { try Plan.ID("no id") } == "invalidID")
  }
}
