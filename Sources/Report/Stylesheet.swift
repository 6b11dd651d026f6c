/// How the page looks: colours for light and dark, from a phone's width up, and on paper.
enum Stylesheet {
  static let whole: HTML = "\(colours)\(page)\(charts)\(tables)\(cards)\(paper)"

  /// Blue is right and validation, orange is wrong and training; dashes, dots and words say the same. Every
  /// text has a contrast of at least 4.5 to what it stands on.
  private static let colours: HTML = """

    :root {
      --ground: #fbfaf7; --raised: #ffffff; --ink: #1e2124; --soft: #5d6269; --line: #e5e2da;
      --blue: #1c5f9e; --orange: #a9540c; --blue-tint: 28 95 158; --orange-tint: 214 112 28; --most: .56;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --ground: #15181b; --raised: #1b1f23; --ink: #e7e5e0; --soft: #a0a6ac; --line: #2e3338;
        --blue: #77b4ee; --orange: #eba257; --blue-tint: 90 158 224; --orange-tint: 224 138 56; --most: .46;
      }
    }
    """

  private static let page: HTML = """

    *, *::before, *::after { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
    body {
      margin: 0; background: var(--ground); color: var(--ink);
      font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
      font-variant-numeric: tabular-nums;
    }
    main { max-width: 1080px; margin: 0 auto; padding: clamp(24px, 6vw, 64px) clamp(16px, 4vw, 40px); }
    section { margin-top: 56px; }
    h1, h2, h3, p, dl, dd, ul, figure { margin: 0; padding: 0; }
    h1 {
      font-size: clamp(26px, 5vw, 38px); font-weight: 650; line-height: 1.15; letter-spacing: -.02em;
      overflow-wrap: anywhere;
    }
    h2 { font-size: 20px; font-weight: 650; letter-spacing: -.01em; margin-bottom: 12px; }
    h3, caption, .chart figcaption { font-size: 14px; font-weight: 600; text-align: left; }
    h3 { margin: 20px 0 8px; }
    .kind { color: var(--soft); font-size: 13px; letter-spacing: .04em; margin-bottom: 10px; }
    .lede { font-size: 17px; color: var(--soft); max-width: 62ch; margin-top: 14px; overflow-wrap: anywhere; }
    .note { color: var(--soft); max-width: 68ch; margin-bottom: 16px; }
    .figures {
      display: grid; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); gap: 24px;
      margin-top: 36px; padding: 24px 0; border-block: 1px solid var(--line);
    }
    .figures dt { color: var(--soft); font-size: 13px; }
    .figures strong { display: block; font-size: 28px; font-weight: 600; line-height: 1.3; letter-spacing: -.02em; }
    .figures span { color: var(--soft); font-size: 13px; }
    .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 32px 40px; }
    .pair + .pair { margin-top: 36px; }
    .pair > * { min-width: 0; }
    .facts { columns: 2 380px; column-gap: 40px; }
    .facts div {
      display: flex; gap: 16px; justify-content: space-between; break-inside: avoid;
      padding: 7px 0; border-bottom: 1px solid var(--line);
    }
    .facts dt { color: var(--soft); flex: none; max-width: 45%; overflow-wrap: anywhere; }
    .facts dd { text-align: right; min-width: 0; overflow-wrap: anywhere; }
    details { margin-top: 20px; }
    summary { cursor: pointer; color: var(--blue); width: fit-content; padding: 4px 0; }
    :focus-visible { outline: 2px solid var(--blue); outline-offset: 3px; border-radius: 3px; }
    """

  private static let cards: HTML = """

    .mistakes {
      list-style: none; display: grid; gap: 24px 20px;
      grid-template-columns: repeat(auto-fill, minmax(144px, 1fr));
    }
    .mistakes li { min-width: 0; }
    .thumbnail {
      aspect-ratio: 1; display: grid; place-items: center; overflow: hidden; border-radius: 6px;
      background: var(--raised); border: 1px solid var(--line); color: var(--soft); font-size: 13px;
    }
    .thumbnail img { width: 100%; height: 100%; object-fit: contain; }
    .mistakes figcaption { font-size: 13px; line-height: 1.45; margin-top: 8px; }
    .mistakes figcaption span { display: block; overflow-wrap: anywhere; }
    .mistakes b { font-weight: 600; }
    .mistakes .taken b { color: var(--orange); }
    .mistakes .file { color: var(--soft); font-size: 12px; margin-top: 2px; }
    """

  private static let paper: HTML = """

    @media print {
      :root {
        --ground: #fff; --raised: #fff; --ink: #000; --soft: #444; --line: #ccc; --blue: #1c5f9e;
        --orange: #a9540c; --blue-tint: 28 95 158; --orange-tint: 214 112 28; --most: .56;
      }
      body { font-size: 10pt; }
      main { max-width: none; padding: 0; }
      section { margin-top: 24pt; }
      h2, h3, caption { break-after: avoid; }
      figure, tr, li, .figures, .overview { break-inside: avoid; }
      .scroll { overflow: visible; }
      .dense { border-spacing: 1px; }
      .dense td { min-width: 0; padding: 1px; font-size: 8pt; }
      .matrix td, .bar, .picture { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
      details:not([open]) { display: none; }
    }

    """
}
