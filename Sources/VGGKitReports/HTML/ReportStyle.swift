// SPDX-License-Identifier: Apache-2.0

import VGGKit

/// The style sheet of reports: for light and dark mode and paper, from a phone's width on.
enum ReportStyle {
    static let sheet: HTML = """
        :root {
          color-scheme: light dark;
          --paper: #fcfbf8; --surface: #ffffff; --ink: #1b1e23; --soft: #5a616c; --rule: #dfdcd4; --grid: #ebe8e1; --shadow: rgb(27 30 35 / .16);
          --first: #868d98; --second: #175a9e; --third: #5a616c; --on-strong: #ffffff;
          --hit: 20 82 150; --miss: 196 84 20; --bar: rgb(20 82 150 / .13); --wrong: rgb(196 84 20 / .17);
          --c0: #0072b2; --c1: #d55e00; --c2: #009e73; --c3: #b0508f; --c4: #b88600;
          --c5: #3a9bd9; --c6: #7a5cc0; --c7: #7d8a1f; --c8: #a3463a; --c9: #5f6b7a;
          --serif: "Charter", "Bitstream Charter", "Sitka Text", Cambria, "Liberation Serif", Georgia, serif;
          --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif;
          --mono: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace;
        }
        @media (prefers-color-scheme: dark) { :root {
          --paper: #14161a; --surface: #1b1e23; --ink: #e8e6e1; --soft: #a0a6b0; --rule: #33373e; --grid: #282c32; --shadow: rgb(0 0 0 / .6);
          --first: #8d949f; --second: #72b2f4; --third: #b3b8c0; --on-strong: #0c0f13;
          --hit: 92 163 235; --miss: 240 143 84; --bar: rgb(114 178 244 / .2); --wrong: rgb(240 143 84 / .24);
          --c0: #4ba3e0; --c1: #f08a3c; --c2: #2fc79b; --c3: #e08cc4; --c4: #e6b33a;
          --c5: #8cc8f2; --c6: #a996ea; --c7: #b9c653; --c8: #e0857a; --c9: #a3adba;
        } }
        * { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
        body { margin: 0 auto; max-width: 1120px; padding: 0 clamp(16px, 4vw, 40px) 64px; background: var(--paper);
          color: var(--ink); font: 16px/1.5 var(--sans); font-variant-numeric: tabular-nums lining-nums; }
        h1, h2 { font-family: var(--serif); font-weight: 600; line-height: 1.2; text-wrap: balance; overflow-wrap: anywhere; }
        h1 { font-size: clamp(1.75rem, 1.3rem + 2vw, 2.5rem); margin: 0; letter-spacing: -.01em; }
        h2 { font-size: 1.375rem; margin: 0 0 1rem; }
        h3 { font-size: .9375rem; font-weight: 600; margin: 0; }
        p { margin: 0 0 .75rem; max-width: 68ch; }
        a { color: var(--second); text-underline-offset: .2em; text-decoration-thickness: 1px; }
        :focus-visible { outline: 2px solid var(--second); outline-offset: 3px; border-radius: 2px; }
        header { padding-top: clamp(28px, 6vw, 60px); }
        .subtitle { color: var(--soft); margin: .5rem 0 0; overflow-wrap: anywhere; }
        .remark { color: var(--soft); font-size: .875rem; }
        section { border-top: 1px solid var(--rule); margin-top: 2.75rem; padding-top: 1.75rem; }
        nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 1.5rem 0 0; padding: 0; font-size: .875rem; }
        nav a { display: inline-block; padding: .25rem 0; }

        .headline { display: grid; grid-template-columns: repeat(auto-fit, minmax(148px, 1fr)); gap: 1.25rem 1.75rem; margin: 2rem 0 0; }
        .headline > div { border-top: 2px solid var(--rule); padding-top: .625rem; }
        .headline > .first { border-top-color: var(--second); }
        .headline dt { font-size: .8125rem; color: var(--soft); }
        .headline dd { margin: 0; }
        .headline .number { font-size: 1.75rem; line-height: 1.25; letter-spacing: -.015em; white-space: nowrap; }
        .headline .first .number { color: var(--second); font-weight: 600; }
        .headline + .remark { margin: 1.25rem 0 0; }
        .headline .remark { font-size: .75rem; line-height: 1.4; }

        figure { margin: 0; }
        svg { display: block; width: 100%; height: auto; overflow: visible; }
        svg text { font: 12px var(--sans); fill: var(--ink); font-variant-numeric: tabular-nums; }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)); gap: 1.75rem 2rem; }
        .chart { max-width: 480px; min-width: 0; }
        .chart figcaption { margin-bottom: .625rem; }
        .chart figcaption p { color: var(--soft); font-size: .8125rem; margin: 0; }
        .grid { stroke: var(--grid); } .axis { stroke: var(--soft); stroke-width: 1; }
        svg .tick { fill: var(--soft); font-size: 11.5px; }
        .end { text-anchor: end; } .middle { text-anchor: middle; }
        .curve { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
        .curve.first { stroke: var(--first); } .curve.second { stroke: var(--second); } .curve.third { stroke: var(--third); }
        .curve circle { stroke: none; } .curve.first circle { fill: var(--first); }
        .curve.second circle { fill: var(--second); } .curve.third circle { fill: var(--third); }
        .curve .target { fill: transparent !important; } .curve .target:hover { stroke: currentColor; stroke-width: 1; }
        .ring { fill: none; stroke-width: 1.75; } .ring.second { stroke: var(--second); } .ring.first { stroke: var(--first); }
        svg .name.first, svg .value.first { fill: var(--soft); } svg .name.second, svg .value.second { fill: var(--second); }
        svg .value { font-weight: 600; }
        .key { display: inline-block; width: .75em; height: .75em; border-radius: 1px; }
        .key.accuracy { background: rgb(var(--hit) / .82); } .key.missing { background: rgb(var(--miss) / .38); } .key.surplus { background: rgb(var(--hit) / .34); }
        .diagonal { stroke: var(--soft); stroke-width: 1.25; stroke-dasharray: 4 4; }
        rect.accuracy { fill: rgb(var(--hit) / .82); } rect.missing { fill: rgb(var(--miss) / .38); } rect.surplus { fill: rgb(var(--hit) / .34); } rect.photos { fill: var(--first); }

        table { border-collapse: collapse; font-size: .875rem; }
        caption { text-align: start; color: var(--soft); font-size: .8125rem; padding-bottom: .625rem; max-width: min(68ch, calc(100vw - 2rem)); }
        th { font-weight: 500; text-align: start; }
        thead th { color: var(--soft); font-size: .8125rem; vertical-align: bottom; }
        .scrolling { overflow-x: auto; max-width: 100%;
          background: linear-gradient(to right, var(--paper) 30%, transparent) 0 0 / 40px 100% no-repeat local,
            linear-gradient(to left, var(--paper) 30%, transparent) 100% 0 / 40px 100% no-repeat local,
            linear-gradient(to right, var(--shadow), transparent) 0 0 / 14px 100% no-repeat scroll,
            linear-gradient(to left, var(--shadow), transparent) 100% 0 / 14px 100% no-repeat scroll; }
        .tall { max-height: 34rem; overflow-y: auto; }
        .numbers { width: 100%; }
        .numbers th, .numbers td { padding: .375rem .75rem; border-bottom: 1px solid var(--grid); }
        .numbers th:first-child { padding-left: .25rem; } .numbers td:last-child, .numbers th:last-child { padding-right: .25rem; }
        .numbers td, .numbers thead th:not(:first-child) { text-align: end; white-space: nowrap; }
        .numbers .text, .numbers thead th.text { text-align: start; white-space: normal; }
        .numbers thead th { border-bottom-color: var(--soft); }
        .numbers tfoot th, .numbers tfoot td { border-top: 1px solid var(--soft); border-bottom: 0; font-weight: 600; }
        .numbers .best > * { background: var(--bar); }
        .classes tbody th { max-width: 14rem; overflow-wrap: break-word; }
        .classes .bar { background: linear-gradient(var(--bar) 0 0) no-repeat 4px 50% / calc((100% - 8px) * var(--w)) calc(100% - 6px); min-width: 5.5rem; width: 21%; }
        .model { font-size: .8125rem; } .model td.text { color: var(--soft); min-width: 15rem; }
        .model tbody th { font-family: var(--mono); font-size: .75rem; }

        .matrix { border-collapse: separate; border-spacing: 2px; }
        .matrix td, .matrix thead th:not(.corner) { min-width: max(3.5rem, calc(.44rem * var(--letters) + .5rem)); }
        .matrix td { height: 2.75rem; padding: 0 .25rem; text-align: center; border-radius: 3px; font-size: .9375rem; }
        .matrix thead th { padding: 0 .25rem .375rem; text-align: center; }
        .matrix tbody th { padding-right: .75rem; text-align: end; white-space: nowrap; line-height: 1.25; }
        .matrix .corner { text-align: end; font-size: .6875rem; font-weight: 400; padding-right: .75rem; line-height: 1.3; }
        .matrix .none { color: var(--soft); background: var(--grid); opacity: .6; }
        .matrix .hit { background: rgb(var(--hit) / var(--a)); font-weight: 600; }
        .matrix .miss { background: rgb(var(--miss) / var(--a)); }
        .matrix .strong { color: var(--on-strong); }
        .slim td, .slim thead th:not(.corner) { min-width: 2.25rem; width: 2.25rem; }
        .slim td { height: 2.125rem; font-size: .8125rem; }
        .slim thead th span { writing-mode: vertical-rl; transform: rotate(180deg); white-space: nowrap; max-height: 12rem; overflow: hidden; }
        .slim thead th.corner span { writing-mode: horizontal-tb; transform: none; }
        .slim tbody th { white-space: nowrap; max-width: 14rem; overflow: hidden; text-overflow: ellipsis; }
        .matrix-picture img { width: min(100%, 640px); height: auto; border: 1px solid var(--rule); background: #fff; }
        .matrix-picture figcaption { color: var(--soft); font-size: .8125rem; max-width: 640px; margin: .5rem 0 1rem; }
        .lead-in { margin: 1.25rem 0 .25rem; font-size: .875rem; color: var(--soft); }
        .frequent { margin: 0; padding-left: 1.25rem; font-size: .9375rem; }
        .tables { display: flex; flex-wrap: wrap; gap: 2rem 3.5rem; align-items: flex-start; }
        .tables > div { min-width: 0; max-width: 100%; } .tables > div:last-child { flex: 1 1 26rem; }
        .beside .chart { max-width: 420px; }
        .beside { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)); gap: 1.5rem 3rem; align-items: start; }
        details { margin-top: 1.25rem; } summary { cursor: pointer; color: var(--second); font-size: .875rem; padding: .25rem 0; }
        details[open] summary { margin-bottom: .75rem; }

        .facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)); gap: .875rem 1.5rem; margin: 0 0 1.25rem; }
        .facts.wide { grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)); }
        .facts dt { font-size: .8125rem; color: var(--soft); } .facts dd { margin: 0; overflow-wrap: anywhere; }

        .photos { list-style: none; margin: 1rem 0 0; padding: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(140px, 1fr)); gap: 1.25rem 1rem; }
        .photos.pairs { grid-template-columns: repeat(auto-fill, minmax(min(100%, 232px), 1fr)); gap: 1.5rem 1.25rem; }
        .photos > li { min-width: 0; }
        .pictures { display: grid; grid-auto-flow: column; grid-auto-columns: 1fr; gap: 3px; }
        .pictures img { display: block; width: 100%; height: auto; aspect-ratio: 1; object-fit: cover; background: var(--grid); border-radius: 3px; }
        .guesses { list-style: none; margin: .375rem 0 0; padding: 0; font-size: .8125rem; }
        .guesses li { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 .5rem; padding: .125rem .375rem; margin-top: 2px; border-radius: 2px;
          background: linear-gradient(var(--shade) 0 0) no-repeat 0 0 / var(--w) 100%; }
        .guesses span { overflow-wrap: break-word; max-width: 100%; } .guesses b { font-weight: 600; white-space: nowrap; margin-left: auto; }
        .wrong { --shade: var(--wrong); } .right, .label { --shade: var(--bar); }
        .file, .file-of-part { margin: .25rem .375rem 0; font-size: .75rem; color: var(--soft); white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
        .list { margin: 1.5rem 0 .5rem; } .paths { margin: 0; white-space: pre; overflow-wrap: normal; user-select: all; -webkit-user-select: all; width: max-content; min-width: 100%; }
        .filters { display: grid; grid-template-columns: repeat(auto-fill, 48px); gap: 6px; }
        .filters img { display: block; width: 48px; height: 48px; border-radius: 2px; } .pixels { image-rendering: pixelated; }

        .map { max-width: none; }
        .point { stroke: var(--paper); stroke-width: .75; } .frame { fill: none; stroke-width: 2; }
        svg .place { fill: var(--c); font-size: 17px; font-weight: 600; paint-order: stroke; stroke: var(--paper); stroke-width: 5px; stroke-linejoin: round; }
        .names.phone { display: none; }
        .legend { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: .75rem 0 0; padding: 0; font-size: .8125rem; }
        .legend li { display: flex; align-items: center; gap: .375rem; } .swatch { width: 10px; height: 10px; flex: none; }
        .class-0 { --c: var(--c0); } .class-1 { --c: var(--c1); } .class-2 { --c: var(--c2); } .class-3 { --c: var(--c3); }
        .class-4 { --c: var(--c4); } .class-5 { --c: var(--c5); } .class-6 { --c: var(--c6); } .class-7 { --c: var(--c7); }
        .class-8 { --c: var(--c8); } .class-9 { --c: var(--c9); }
        .point { fill: var(--c); } .frame { stroke: var(--c); }

        pre { margin: 0 0 1.25rem; padding: .875rem 1rem; background: var(--surface); border: 1px solid var(--rule); border-radius: 4px;
          font: .8125rem/1.5 var(--mono); white-space: pre-wrap; overflow-wrap: anywhere; }

        @media (max-width: 520px) {
          .headline { grid-template-columns: 1fr 1fr; gap: 1rem 1.25rem; }
          .headline > .first { grid-column: 1 / -1; } .headline .first .number { font-size: 2.75rem; line-height: 1.1; }
          .matrix td, .matrix thead th:not(.corner) { min-width: 2.5rem; } .matrix td { height: 2.5rem; font-size: .8125rem; }
          .slim td, .slim thead th:not(.corner) { min-width: 2rem; }
          .matrix thead th:not(.corner) span { writing-mode: vertical-rl; transform: rotate(180deg); white-space: nowrap; }
          .matrix thead th { font-size: .75rem; } .matrix tbody th { font-size: .8125rem; padding-right: .375rem; }
          .matrix .corner { font-size: 0; }
          .numbers th, .numbers td { padding-left: .5rem; padding-right: .5rem; } .classes .bar { min-width: 4.25rem; width: 20%; }
          .names.desk { display: none; } .names.phone { display: inline; }
          .map .point { r: 7px; } .map .swatch .point { r: 4.5px; } svg .place { font-size: 36px; stroke-width: 9px; }
          .map .thumbnail { transform-box: fill-box; transform-origin: center; transform: scale(1.3); }
          .photos:not(.pairs) { grid-template-columns: repeat(2, minmax(0, 1fr)); }
        }
        @media print {
          :root { color-scheme: light; --paper: #fff; --surface: #fff; --ink: #000; --soft: #444; --rule: #bbb; --grid: #ddd;
            --first: #777; --second: #175a9e; --third: #444; --on-strong: #fff; --hit: 20 82 150; --miss: 196 84 20;
            --bar: rgb(20 82 150 / .13); --wrong: rgb(196 84 20 / .17); }
          * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
          body { max-width: none; padding: 0; font-size: 11pt; } nav { display: none; }
          .scrolling, .tall { overflow: visible; max-height: none; }
          h2, section > .remark { break-after: avoid; } tfoot { display: table-row-group; } figure, tr, .facts > div, .headline > div { break-inside: avoid; }
        }

        """
}
