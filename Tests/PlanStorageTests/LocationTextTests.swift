import PlanStorage
import Testing

@Suite("The text of a location in an error")
struct LocationTextTests {
  @Test(
    "shows what names the store, and hides what may be a secret",
    arguments: [
      ("sqlite:plans.db", "sqlite:plans.db"), ("memory:", "memory:"), ("", ""), ("?", "?…"),
      ("postgres://u:p@h/db", "postgres:…@h/db"), ("u:p@h:1@i", "u:…@i"), ("a@b:c", "a@b:c"),
      ("sqlite:////a?key=b&c=d#e", "sqlite:////a?…"), ("x:a#b?c", "x:a#…"),
      ("x:a?b@c", "x:…@c"), ("postgresql://h:5432,i:5433/d", "postgresql://h:5432,i:5433/d"),
      ("postgresql://[::1]:5432/d", "postgresql://[::1]:5432/d"),
      ("postgresql://u:secret", "postgresql://u:…"), ("postgresql:u:secret", "postgresql:u:…"),
      ("POSTGRES://u:secret%40h/d", "POSTGRES://u:…"), ("postgresql://u:1%40h", "postgresql://u:…"),
      ("host=h user=u password=secret", "host=h user=u passw…"),
      ("postgresql:host=h PASSWORD=secret", "postgresql:host=h PASSW…"),
      ("postgresql://h:1/d;password=secret", "postgresql://h:1/d;passw…"),
      ("sqlite:postgresql://u:secret", "sqlite:postgresql://u:…"),
    ])
  func redacted(location: String, shown: String) {
    #expect(LocationText.redacted(location) == shown)
  }

  @Test("is cut, and never inside a character of UTF-8")
  func cut() {
    let text = LocationText.redacted("x:" + String(repeating: "é", count: 500))
    #expect(text == "x:" + String(repeating: "é", count: 99) + "…")
    let odd = LocationText.redacted("x:y" + String(repeating: "é", count: 500))
    #expect(odd == "x:y" + String(repeating: "é", count: 98) + "…")
  }
}
