/// The look of a report: light and dark as the reader's system has it, for phones and desks.
enum ReportStyle {
  static let css = """
    :root { color-scheme: light dark;
      --page: #f6f7f9; --card: #ffffff; --ink: #1b1f24; --soft: #5b6470; --line: #dfe3e8;
      --queued: #b8c0ca; --processing: #2f74d0; --waiting: #d9b65c; --approval: #a66bd4;
      --failed: #c8372d; --done: #23814a; --code: #eef1f4; }
    @media (prefers-color-scheme: dark) { :root {
      --page: #14171b; --card: #1d2126; --ink: #e6e9ed; --soft: #9aa4b0; --line: #323841;
      --queued: #59626e; --processing: #5b9bf0; --waiting: #b8923a; --approval: #b88ae0;
      --failed: #f0766c; --done: #5cc287; --code: #272c33; } }
    * { box-sizing: border-box; }
    body { margin: 0; padding: 1.25rem; background: var(--page); color: var(--ink);
      font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
    main { max-width: 68rem; margin: 0 auto; }
    h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .25rem; overflow-wrap: anywhere; }
    h2 { font-size: 1.05rem; margin: 0 0 .75rem; }
    h2.below { margin: 1.4rem 0 .4rem; }
    section { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
      padding: 1rem 1.1rem; margin: 1rem 0; }
    p { margin: .25rem 0; overflow-wrap: anywhere; }
    time { white-space: nowrap; font-variant-numeric: tabular-nums; }
    .soft { color: var(--soft); }
    code, pre { font: 13px/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
      background: var(--code); border-radius: 6px; }
    code { padding: .1rem .35rem; overflow-wrap: anywhere; }
    pre { padding: .6rem .75rem; margin: .35rem 0; overflow-x: auto; max-height: 26rem;
      white-space: pre-wrap; overflow-wrap: anywhere; }
    .pill { display: inline-block; border-radius: 999px; padding: 0 .6rem; font-size: .85rem;
      border: 1px solid currentColor; white-space: nowrap; }
    .failed { color: var(--failed); } .done { color: var(--done); }
    .running { color: var(--processing); } .approval { color: var(--approval); }
    .quiet { color: var(--soft); }
    dl.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr));
      gap: .75rem 1.25rem; margin: 0; }
    dl.facts dt, dl.plain dt { color: var(--soft); font-size: .85rem; }
    dl.facts dd, dl.plain dd { margin: 0; overflow-wrap: anywhere; }
    dl.plain { margin: .5rem 0; display: grid; grid-template-columns: 8rem minmax(0, 1fr);
      gap: .3rem .9rem; }
    .bar { display: flex; height: .6rem; border-radius: 5px; overflow: hidden; margin: .9rem 0 0;
      background: var(--queued); }
    .bar i { display: block; }
    article { border-left: 3px solid var(--failed); padding: .1rem 0 .1rem .8rem; margin: .9rem 0; }
    details.plan + details.plan { border-top: 1px solid var(--line); }
    details.plan { padding-left: calc(var(--depth) * 1.15rem); }
    summary { cursor: pointer; padding: .4rem 0; }
    details.plan > summary { display: flex; flex-wrap: wrap; gap: .2rem .7rem; align-items: baseline; }
    details.plan > summary::before { content: "▸"; color: var(--soft); width: .8rem; }
    details.plan[open] > summary::before { content: "▾"; }
    details.plan > summary::-webkit-details-marker { display: none; }
    .name { font-weight: 600; overflow-wrap: anywhere; }
    .note { flex-basis: 100%; padding-left: 1.5rem; overflow-wrap: anywhere; }
    .legend { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 0 0 .6rem; }
    .legend svg { width: .8rem; height: .8rem; vertical-align: -.05rem; margin-right: .35rem; }
    .time { display: grid; grid-template-columns: 13rem minmax(0, 1fr); gap: 0 .9rem;
      align-items: center; padding: .12rem 0; }
    .time .name { font-weight: 400; padding-left: calc(var(--depth) * .8rem); white-space: nowrap;
      overflow: hidden; text-overflow: ellipsis; }
    .time svg { width: 100%; height: 1rem; display: block; background: var(--code);
      border-radius: 4px; }
    .axis { display: flex; justify-content: space-between; font-size: .8rem; color: var(--soft);
      font-variant-numeric: tabular-nums; }
    rect.queued { fill: var(--queued); } rect.processing { fill: var(--processing); }
    rect.waiting { fill: var(--waiting); } rect.approval { fill: var(--approval); }
    rect.error { fill: var(--failed); }
    .scroll { overflow-x: auto; }
    table { border-collapse: collapse; width: 100%; font-size: .88rem;
      font-variant-numeric: tabular-nums; }
    th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line);
      vertical-align: top; }
    th { color: var(--soft); font-weight: 500; }
    td { white-space: nowrap; } td.wide { white-space: normal; min-width: 14rem;
      overflow-wrap: anywhere; }
    footer { color: var(--soft); font-size: .85rem; margin: 1.5rem 0; }
    @media (max-width: 600px) {
      body { padding: .75rem; } section { padding: .8rem .85rem; }
      dl.facts { grid-template-columns: repeat(2, minmax(0, 1fr)); }
      dl.plain { grid-template-columns: minmax(0, 1fr); gap: 0; }
      dl.plain dd { margin-bottom: .5rem; }
      .time { grid-template-columns: minmax(0, 1fr); padding: .25rem 0; }
      .time .axis-space { display: none; } }
    @media print { body { background: none; } section { break-inside: avoid-page; } }
    """
}
