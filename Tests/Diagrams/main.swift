// Writes the pictures of the guides into a folder. `.ci/guides` compares them with those that are
// checked in.
//
//     swift run diagrams Sources/Planwright/Planwright.docc
import Foundation

guard CommandLine.arguments.count == 2 else {
  FileHandle.standardError.write(Data("usage: diagrams FOLDER\n".utf8))
  exit(64)
}
let folder = URL(fileURLWithPath: CommandLine.arguments[1], isDirectory: true)
let drawings: [(String, SVGDrawing)] = [
  ("phases", PhaseDiagram.drawn()),
  ("statuses", try StatusDiagram.drawn()),
  ("lease", try await LeaseDiagram.drawn()),
]
for (name, drawing) in drawings {
  for appearance in SVGDrawing.Appearance.allCases {
    let file = folder.appendingPathComponent("\(name)\(appearance.rawValue).svg")
    try Data(drawing.file(appearance).utf8).write(to: file)
  }
}
