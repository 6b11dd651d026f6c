/// How the charts and the tables look.
extension Stylesheet {
  static let charts: HTML = """

    .chart { position: relative; }
    .plot { padding: 32px 14px 48px 56px; }
    .labelled .plot { padding-right: 84px; }
    .plot svg { display: block; width: 100%; overflow: visible; }
    .chart text { font-size: 12px; fill: var(--soft); }
    .grid { stroke: var(--line); }
    .line {
      fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round;
      vector-effect: non-scaling-stroke;
    }
    .line.validation, .line.plain { stroke: var(--blue); }
    .line.training { stroke: var(--orange); stroke-dasharray: 1 5; stroke-width: 2.5; }
    .chart .name { font-weight: 600; }
    .chart .name.validation { fill: var(--blue); }
    .chart .name.training { fill: var(--orange); }
    line.kept { stroke: var(--soft); stroke-dasharray: 3 3; }
    .chart text.kept { fill: var(--ink); }
    .dot { stroke: var(--ground); stroke-width: 2; paint-order: stroke; fill: var(--blue); }
    .dot.training { fill: var(--orange); }
    .reading rect { fill: transparent; }
    .reading line { stroke: var(--soft); }
    .reading text { fill: var(--ink); }
    .reading line, .reading .dot, .reading text { visibility: hidden; pointer-events: none; }
    .reading:hover line, .reading:hover .dot, .reading:hover text { visibility: visible; }
    .overview { display: grid; gap: 32px 40px; grid-template-columns: minmax(0, 1fr) minmax(0, 320px); }
    @media (max-width: 760px) { .overview { grid-template-columns: minmax(0, 1fr); } }
    .picture svg { display: block; width: 100%; max-width: 320px; border: 1px solid var(--line); }
    .picture .ground { fill: var(--raised); }
    .picture .right { fill: var(--blue); }
    .picture .wrong { fill: var(--orange); }
    .picture figcaption { color: var(--soft); font-size: 13px; margin-top: 8px; max-width: 320px; }
    """

  static let tables: HTML = """

    .scroll { overflow-x: auto; }
    table { border-collapse: collapse; }
    .scroll > table:not(.matrix) { width: 100%; }
    caption { padding-bottom: 8px; }
    th, td { padding: 6px 0 6px 24px; text-align: right; border-bottom: 1px solid var(--line); }
    td { white-space: nowrap; }
    thead th { color: var(--soft); font-size: 13px; font-weight: 400; vertical-align: bottom; }
    th:first-child { padding-left: 0; text-align: left; }
    tbody th { font-weight: 500; min-width: 12ch; max-width: 34ch; overflow-wrap: anywhere; }
    .text { text-align: left; white-space: normal; overflow-wrap: anywhere; min-width: 12ch; max-width: 34ch; }
    .amount { display: inline-block; min-width: 7ch; }
    tr.kept > * { font-weight: 650; }
    small { color: var(--soft); font-size: 12px; font-weight: 400; }
    .bar {
      display: inline-block; width: clamp(36px, 9vw, 110px); height: 6px; margin-right: 10px;
      vertical-align: 2px; border-radius: 3px;
      background:
        linear-gradient(var(--blue), var(--blue)) no-repeat left / calc(var(--share) * 100%) 100% var(--line);
    }
    .bar.plain { background-image: linear-gradient(var(--soft), var(--soft)); }
    .measures { width: 100%; }
    .measures th { min-width: 0; }
    .measures .track { width: 50%; }
    .measures .bar { display: block; width: 100%; margin: 0; }
    .matrix { border-collapse: separate; border-spacing: 3px; }
    .matrix th, .matrix td { border: 0; padding: 6px 10px; }
    .matrix th { font-size: 13px; font-weight: 400; color: var(--ink); }
    .matrix .corner { color: var(--soft); white-space: nowrap; padding-left: 0; }
    .matrix thead th:not(.corner) { text-align: center; max-width: 11ch; overflow-wrap: break-word; }
    .matrix tbody th { position: sticky; left: 0; background: var(--ground); padding-left: 0; z-index: 1; }
    .matrix td { min-width: 56px; height: 40px; text-align: center; border-radius: 4px; background: var(--raised); }
    .matrix td.right { --hue: var(--blue-tint); font-weight: 650; }
    .matrix td.wrong { --hue: var(--orange-tint); }
    .matrix td:not(.none) {
      background: linear-gradient(rgb(var(--hue) / calc(var(--tint) * var(--most))) 0 0) var(--raised);
    }
    .matrix td.none { color: var(--soft); }
    .dense thead th span { writing-mode: vertical-rl; transform: rotate(180deg); max-height: 16ch; }
    .dense td { min-width: 38px; height: 32px; padding: 2px 4px; font-size: 13px; }
    @media (max-width: 560px) {
      th, td { padding-left: 16px; }
      .matrix thead th span { writing-mode: vertical-rl; transform: rotate(180deg); max-height: 16ch; }
      .matrix tbody th { min-width: 0; max-width: 12ch; }
      .matrix td { min-width: 40px; padding: 6px 4px; }
      .matrix .corner { white-space: normal; }
    }
    """
}
