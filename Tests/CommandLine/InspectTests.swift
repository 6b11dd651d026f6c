import Foundation
import Testing

/// What inspect says of the numbers in a file.
@Suite struct InspectTests {
  private let folder: TestFolder

  init() throws { folder = try TestFolder() }

  private func notes(_ file: String) throws -> [String] {
    try #require(
      try object(Tool.output(["inspect", file, "--json"], in: folder))["notes"] as? [String]
    ).filter { $0.hasPrefix("weight ") }
  }

  @Test func statisticsAreATable() throws {
    let lines = try Tool.output(["inspect", Fixtures.small, "--stats"], in: folder)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    #expect(lines[0] == "file     Keras HDF5, weights alone, Keras 2.0.5, 351,692 bytes")
    let title = try #require(lines.firstIndex { $0.hasPrefix("tensor ") })
    #expect(
      lines[title].split(separator: " ") == ["tensor", "min", "max", "mean", "dev", "zeros", "histogram"])
    #expect(lines[title + 2] == "conv1")
    let row = #/  kernel( +-?\d[\d.e-]*){4} +· +[ ▁▂▃▄▅▆▇]*█[ ▁▂▃▄▅▆▇█]*/#
    #expect(lines[title + 3].wholeMatch(of: row) != nil)
    #expect(lines[title...].allSatisfy { $0.count <= 80 })
    #expect(lines.contains { $0.hasPrefix("total parameters ") })
  }

  @Test func aPackHasTheStatisticsOfItsSource() throws {
    try folder.addPack()
    for tensor in ["conv1/kernel", "conv_dw_7/depthwise_kernel", "conv_pw_13_bn/moving_variance"] {
      let here = try folder.statistics(of: tensor, in: "small.mlpack")
      let there = try folder.statistics(of: tensor, in: Fixtures.small)
      #expect(here as NSDictionary == there as NSDictionary)
      #expect(
        here.keys.sorted() == ["deviation", "histogram", "max", "mean", "min", "nonFinite", "zeros"])
    }
  }

  @Test func strangeValuesAreNoted() throws {
    #expect(try notes(Fixtures.small) == [])
    try folder.addCopy("nan.h5", changing: "conv1/kernel") { _ in .nan }
    #expect(try notes("nan.h5") == ["weight 'conv1/kernel' has 1 value that is not a number"])
    try folder.addCopy("infinite.h5", changing: "conv_pw_2_bn/beta") { _ in -.infinity }
    #expect(try notes("infinite.h5") == ["weight 'conv_pw_2_bn/beta' has 1 value that is infinite"])
    try folder.addCopy("negative.h5", changing: "conv1_bn/moving_variance") { _ in -1 }
    #expect(
      try notes("negative.h5") == [
        "weight 'conv1_bn/moving_variance' has 1 value that is negative, where a variance is expected"
      ])
  }

  @Test func strangeValuesHaveAColumn() throws {
    try folder.addCopy("nan.h5", changing: "conv1/kernel") { _ in .nan }
    let text = try Tool.output(["inspect", "nan.h5", "--stats"], in: folder)
    #expect(text.contains("\nnote     weight 'conv1/kernel' has 1 value that is not a number\n"))
    #expect(text.firstMatch(of: #/\ntensor .* zeros nan, inf  histogram\n/#) != nil)
    #expect(text.firstMatch(of: #/\n  kernel .* ·        1  /#) != nil)
  }

  @Test func aPackSaysWhatItIsAndWhereItIsFrom() throws {
    try folder.addPack()
    let text = try Tool.output(["inspect", "small.mlpack", "--stats"], in: folder)
    #expect(text.hasPrefix("file     mlpack pack, "))
    #expect(text.contains("\nsource   mobilenet_hosted_no_top.h5\nSHA-256  "))
  }
}
