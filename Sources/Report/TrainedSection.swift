extension RunReport {
  var trainedSection: HTML {
    guard !trained.tensors.isEmpty else {
      return .section("trained", "What was trained", "<p class=\"note\">Nothing.</p>")
    }
    let farthest = max(
      trained.tensors.compactMap(\.relativeDistance).filter(\.isFinite).max() ?? 0, .leastNormalMagnitude)
    return .section(
      "trained", "What was trained",
      """
      <p class="note">How far each tensor moved: the length of the difference, and its share of the tensor's own \
      length before.</p>
      <div class="scroll" role="region" tabindex="0" aria-label="Trained tensors">
      <table id="tensors">
      <thead><tr><th scope="col">tensor</th><th scope="col">moved</th><th scope="col">of its length</th>\
      <th scope="col">parameters</th><th scope="col">channels</th><th scope="col">shape</th></tr></thead>
      <tbody>
      \(trained.tensors.map { row($0, farthest: farthest) })</tbody>
      </table></div>
      """)
  }

  private func row(_ tensor: Tensor, farthest: Double) -> HTML {
    let shape = tensor.shape.map(Numbers.grouped).joined(separator: " × ")
    let channels =
      tensor.trainedChannels == tensor.channels
      ? "all \(Numbers.grouped(tensor.channels))"
      : "\(Numbers.grouped(tensor.trainedChannels)) of \(Numbers.grouped(tensor.channels))"
    let share: HTML =
      tensor.relativeDistance.map { .bar($0 / farthest, Numbers.percent($0), .plain) } ?? "from zero"
    return """
      <tr><th scope="row">\(.name(tensor.name))</th><td>\(Numbers.significant(tensor.distance))</td>\
      <td>\(share)</td><td>\(Numbers.grouped(tensor.parameters))</td><td>\(channels)</td><td>\(shape)</td></tr>

      """
  }
}
