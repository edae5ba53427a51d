/** Of the HTML report: light and dark, readable on a phone and on paper. */
export const htmlStyle = `
:root { color-scheme: light dark; --text: #1b1f24; --page: #fff; --soft: #57606a; --line: #d0d7de; --box: #f6f8fa;
  --good: #116329; --bad: #a40e26; --fair: #7d4e00; --link: #0550ae }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --page: #0d1117; --soft: #9da7b3; --line: #30363d;
  --box: #161b22; --good: #56d364; --bad: #ff8a84; --fair: #e3b341; --link: #79c0ff } }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 1.5rem; max-width: 72rem; color: var(--text); background: var(--page);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: break-word }
h1 { font-size: 1.6rem; margin: 0 } h2 { font-size: 1.25rem; margin: 2rem 0 .5rem } h3 { font-size: 1rem; margin: 0; display: inline }
a { color: var(--link) } p, ul { margin: .5rem 0 }
.scroll { overflow-x: auto; margin: .5rem 0 }
table { border-collapse: collapse }
th, td { padding: .25rem .75rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; white-space: nowrap }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums }
li { margin: .35rem 0 }
dl { display: grid; scroll-margin-top: 4rem; grid-template-columns: 7rem minmax(0, 1fr); gap: .25rem .75rem; margin: .5rem 0 }
dt { color: var(--soft) } dd { margin: 0 }
details { border: 1px solid var(--line); border-radius: 6px; margin: .35rem 0; background: var(--page) }
details > :not(summary) { margin-left: 1rem; margin-right: 1rem }
summary { padding: .35rem .75rem; cursor: pointer }
summary:focus-visible, a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px }
pre { padding: .75rem; overflow-x: auto; background: var(--box); font: 13px/1.45 ui-monospace, monospace; white-space: pre-wrap }
code { font: .9em ui-monospace, monospace }
.soft { color: var(--soft) } .grade { font-size: 1.4rem; margin: .25rem 0 }
.good { color: var(--good) } .bad { color: var(--bad) } .fair { color: var(--fair) }
@media (max-width: 40rem) { body { padding: .75rem } dl { grid-template-columns: minmax(0, 1fr) } dt { margin-top: .35rem }
  dl { scroll-margin-top: 9rem } th, td { padding: .25rem .4rem } }
`
