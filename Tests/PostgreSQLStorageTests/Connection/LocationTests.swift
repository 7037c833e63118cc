import PlanDomain
import TestSupport
import Testing

@testable import PostgreSQLStorage

@Suite("The location of a store in PostgreSQL")
struct LocationTests {
  @Test("has options of the store among those of libpq, which get the rest")
  func options() throws {
    let location = try PostgreSQLLocation(
      "postgres://u:p%40ss@h:6432/db?sslmode=require&schema=plans_2&connections=4&migrate=false")
    #expect(location.schema == "plans_2")
    #expect(location.connections == 4)
    #expect(!location.migrates)
    #expect(location.connectionString == "postgres://u:p%40ss@h:6432/db?sslmode=require")
  }

  @Test("has a schema of its own and a bound of connections when it names none")
  func defaults() throws {
    let location = try PostgreSQLLocation("postgresql:///")
    #expect(location.schema == "planwright" && location.connections == 16 && location.migrates)
    #expect(location.connectionString == "postgresql:///")
  }

  @Test(
    "is refused in words when it cannot be meant",
    arguments: [
      "postgresql:db", "postgresql:/db", "mysql://h/db", "postgresql://h/db?schema=public",
      "postgresql://h/db?schema=pg_plans", "postgresql://h/db?schema=Plans",
      "postgresql://h/db?schema=2plans", "postgresql://h/db?schema=",
      "postgresql://h/db?schema=information_schema", "postgresql://h/db?schema=a&schema=b",
      "postgresql://h/db?connections=0", "postgresql://h/db?connections=many",
      "postgresql://h/db?migrate=maybe", "postgresql://h/db?migrate",
    ])
  func refused(text: String) {
    #expect(errorCode { try PostgreSQLLocation(text) } == "invalidLocation")
  }

  @Test(
    "is refused when libpq would take a part of the password for something else",
    arguments: [
      "postgresql://u:hid@den@h/db", "postgresql://u:hid/den@h/db", "postgresql://u:hid?den@h/db",
      "postgresql://h/db?password=hid@den",
    ])
  func misread(text: String) throws {
    do {
      _ = try PostgreSQLLocation(text)
      Issue.record("it was not refused")
    } catch {
      #expect(error.code == .invalidLocation)
      #expect(!error.description.contains("hid") && !error.description.contains("den@"), "\(error)")
    }
  }

  @Test(
    "shows no password: not as a text, not in a mirror, not in libpq's refusal",
    arguments: [
      "postgresql://u:hidden@h/db", "postgresql://h/db?password=hidden",
      "postgresql://h/db?sslpassword=hidden&schema=a",
    ])
  func passwords(text: String) throws {
    let location = try PostgreSQLLocation(text)
    var shown = "\(location) \(String(reflecting: location)) \(location.subject)"
    dump(location, to: &shown)
    #expect(!shown.contains("hidden"), "\(shown)")
  }

  @Test("what connects to it shows no password in a mirror either")
  func connectors() throws {
    guard let library = try? PostgreSQLLibrary() else { return }
    let location = try PostgreSQLLocation("postgresql://u:hidden@h/db?sslpassword=hidden")
    let pool = PostgreSQLPool(try PostgreSQLConnector(location, library: library))
    var shown = ""
    dump(pool, to: &shown)
    dump(try ConnectionParameters(location, library), to: &shown)
    #expect(shown.contains("PostgreSQLConnector") && !shown.contains("hidden"), "\(shown)")
  }

  @Test("libpq's refusal of an option quotes nothing of the location")
  func unknownOption() throws {
    guard let library = try? PostgreSQLLibrary() else { return }
    let location = try PostgreSQLLocation("postgresql://u:hidden@h/db?hiddenoption=hidden")
    do {
      _ = try PostgreSQLConnector(location, library: library)
      Issue.record("it was not refused")
    } catch {
      #expect(error.code == .invalidLocation)
      #expect(!error.description.contains("hidden"), "\(error)")
    }
  }

  @Test("several hosts are several servers, each with its port")
  func hosts() throws {
    guard let library = try? PostgreSQLLibrary() else { return }
    func servers(_ text: String) throws -> [String] {
      try ConnectionParameters(try PostgreSQLLocation(text), library).servers.map { server in
        server.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
      }
    }
    #expect(
      try servers("postgresql://a:1,b:2/db?target_session_attrs=read-write")
        == ["host=a port=1", "host=b port=2"])
    #expect(try servers("postgresql://a,b/db?port=7") == ["host=a port=7", "host=b port=7"])
    #expect(try servers("postgresql:///db") == [""])
  }
}

@Suite("A missing client library")
struct LibraryTests {
  @Test("is an error that says what to install")
  func missing() throws {
    do {
      _ = try PostgreSQLLibrary(paths: ["libpq-that-is-not-here.so.5"])
      Issue.record("it was opened")
    } catch {
      #expect(error.code == .unavailable)
      for word in ["libpq-that-is-not-here.so.5", "libpq5", "install"] {
        #expect(error.description.contains(word), "\(error)")
      }
    }
  }
}
