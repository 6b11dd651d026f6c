import FoundationEssentials

extension RunReport {
  var mistakeSection: HTML {
    guard let confusion, confusion.images > 0 else { return .nothing }
    guard !mistakes.isEmpty else {
      return .section(
        "mistakes", "Worst mistakes",
        "<p class=\"note\">No validation image was taken for another class.</p>")
    }
    return .section(
      "mistakes", "Worst mistakes",
      """
      <p class="note">Validation images of which the network was surest, and wrong.</p>
      <ul class="mistakes">
      \(mistakes.map(card))</ul>
      """)
  }

  private func card(_ mistake: Mistake) -> HTML {
    """
    <li><figure>\(picture(mistake))
    <figcaption><span class="taken">taken for <b>\(.name(mistake.prediction))</b> \
    \(Numbers.percent(mistake.probability))</span>
    <span>is <b>\(.name(mistake.truth))</b></span>
    <span class="file">\(.name(mistake.file))</span></figcaption></figure></li>

    """
  }

  private func picture(_ mistake: Mistake) -> HTML {
    guard !mistake.jpeg.isEmpty else { return "<div class=\"thumbnail\">no picture</div>" }
    let data = Data(mistake.jpeg).base64EncodedString()
    return """
      <div class="thumbnail"><img src="data:image/jpeg;base64,\(data)" alt="\(mistake.file)"></div>
      """
  }
}
