/// How a pooled convolution keeps where its output lets a gradient pass, a bit for each pixel, and what its backward pass looks
/// up by these bits: Kernels/cpu/passes.cl.
struct PassingBits {
  /// `TABLE_PIXELS`
  private static let tablePixels = 5
  /// `WORD_TABLES`
  private static let mostTablesOfWord = 5

  /// Words of an image and output channel.
  let words: Int
  /// Tables that the bits of a word choose from.
  let tablesOfWord: Int

  init(pixels: Int) {
    let tables = (pixels + PassingBits.tablePixels - 1) / PassingBits.tablePixels
    words = (tables + PassingBits.mostTablesOfWord - 1) / PassingBits.mostTablesOfWord
    tablesOfWord = (tables + words - 1) / words
  }

  /// Entries of an image's tables: one for each set of a table's pixels.
  var entries: Int { words * tablesOfWord << PassingBits.tablePixels }
}
