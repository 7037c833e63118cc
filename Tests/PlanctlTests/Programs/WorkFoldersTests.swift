import Foundation
import Testing

@testable import planctl

@Suite("Scratch folders")
struct WorkFoldersTests {
  private let root = "01ARZ3NDEKTSV4RRFFQ69G5FAV"

  private func mode(_ path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
  }

  private func complaint(_ base: String) -> String? {
    do {
      _ = try WorkFolders(base: base).folder(root: root)
      return nil
    } catch {
      return error.description
    }
  }

  @Test("are made with all above them, for their user alone, and found again")
  func made() throws {
    let scratch = try ScratchFolder()
    let folders = WorkFolders(base: scratch.path + "/a/b")
    let folder = try folders.folder(root: root)
    #expect(folder == scratch.path + "/a/b/" + root)
    for path in ["/a", "/a/b", "/a/b/" + root] {
      #expect(try mode(scratch.path + path) == 0o700)
    }
    try scratch.write("a/b/\(root)/kept", "")
    #expect(try folders.folder(root: root) == folder)
    #expect(scratch.has("a/b/\(root)/kept"))
  }

  @Test("are removed with all that is in them; a missing one is not an error")
  func removed() throws {
    let scratch = try ScratchFolder()
    let folders = WorkFolders(base: scratch.path)
    _ = try folders.folder(root: root)
    try scratch.write("\(root)/gone", "")
    #expect(folders.remove(root: root) == nil)
    #expect(!scratch.has(root))
    #expect(folders.remove(root: root) == nil)
  }

  @Test("say why they cannot be removed")
  func notRemoved() throws {
    let scratch = try ScratchFolder()
    let file = try scratch.write("file", "")
    let error = WorkFolders(base: file).remove(root: root)
    #expect(error?.description.hasPrefix("removing the scratch folder '\(file)/\(root)': ") == true)
  }

  @Test(
    "are those of plan ids and nothing else",
    arguments: [
      "", "..", "../01ARZ3NDEKTSV4RRFFQ69G5FA", "01arz3ndektsv4rrffq69g5fav",
      "01ARZ3NDEKTSV4RRFFQ69G5FA", "01ARZ3NDEKTSV4RRFFQ69G5FAVX", "01ARZ3NDEKTSV4RRFFQ69G5FA/",
      "01ARZ3NDEKTSV4RRFFQ69G5FA\0", "01ARZ3NDEKTSV4RRFFQ69G5F\u{E9}",
    ])
  func otherNames(root: String) throws {
    let scratch = try ScratchFolder()
    let folders = WorkFolders(base: scratch.path)
    let error = #expect(throws: WorkFolderError.self) { try folders.folder(root: root) }
    #expect(error?.description.contains("is not a plan id") == true)
    #expect(folders.remove(root: root)?.description.contains("is not a plan id") == true)
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path).isEmpty)
  }

  @Test("are refused where a file is in the way")
  func fileInTheWay() throws {
    let scratch = try ScratchFolder()
    let file = try scratch.write("file", "")
    #expect(complaint(file + "/a/b")?.hasSuffix(": Not a directory") == true)
    #expect(complaint(file)?.contains("must be a folder") == true)
  }

  @Test("are refused where others can write, or a link leads elsewhere")
  func untrusted() throws {
    let scratch = try ScratchFolder()
    #expect(
      complaint(try scratch.makeFolder("open", mode: 0o777))?.contains("must be a folder") == true)
    let elsewhere = try scratch.makeFolder("elsewhere", mode: 0o700)
    let link = scratch.path + "/link"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: elsewhere)
    #expect(complaint(link)?.contains("'\(link)': it must be a folder") == true)
    let base = try scratch.makeFolder("base", mode: 0o700)
    try scratch.makeFolder("base/" + root, mode: 0o770)
    #expect(complaint(base)?.contains("'\(base)/\(root)': it must be a folder") == true)
  }

  @Test("are beside the file of the store, and for its group if the group shares the file")
  func ofStores() throws {
    let scratch = try ScratchFolder()
    let file = try scratch.write("plans.db", "")
    for (fileMode, folderMode) in [(0o644, 0o700), (0o600, 0o700), (0o660, 0o770)] {
      try FileManager.default.setAttributes([.posixPermissions: fileMode], ofItemAtPath: file)
      let folders = WorkFolders(ofStoreAt: file)
      let work = try folders.scratch(root: root)
      #expect(work == "\(file)-work/\(root)/scratch")
      #expect(try mode(work) == folderMode)
      try FileManager.default.removeItem(atPath: file + "-work")
    }
  }

  @Test("are shared by workers, and a run has one alone")
  func locks() throws {
    let scratch = try ScratchFolder()
    let folders = WorkFolders(base: scratch.path)
    #expect(folders.canShare(root: root))
    var (one, other) = (
      try folders.lock(root: root, shared: true), try folders.lock(root: root, shared: true)
    )
    #expect(one != nil && other != nil && folders.canShare(root: root))
    #expect(try folders.lock(root: root) == nil)
    (one, other) = (nil, nil)
    let alone = try folders.lock(root: root)
    #expect(alone != nil && !folders.canShare(root: root))
    #expect(try folders.lock(root: root, shared: true) == nil)
    withExtendedLifetime(alone) {}
  }

  @Test("for one run are in the directory for temporary files, one for each user")
  func temporary() {
    #expect(WorkFolders.temporary.base.hasSuffix("/planwright-\(getuid())"))
  }
}
