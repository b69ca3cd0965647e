/** The one style sheet. Colours meet WCAG AA on both grounds; every colour is said in words beside it. */
export const STYLE = /* css */ `
:root {
  color-scheme: light dark;
  --ground: light-dark(#fbfbfa, #14171a);
  --sheet: light-dark(#fff, #1d2125);
  --ink: light-dark(#1b1f23, #eceff1);
  --faint: light-dark(#565f67, #a9b3bb);
  --line: light-dark(#d5d9dd, #3a4148);
  --link: light-dark(#0b57b0, #8ebcff);
  --loss: light-dark(#a3111b, #ff9c94);
  --loss-ground: light-dark(#fdecec, #3d191a);
  --warn: light-dark(#7a4a00, #ffc46b);
  --warn-ground: light-dark(#fff3dc, #38290c);
  --good: light-dark(#0b6630, #7fd79c);
  --good-ground: light-dark(#e6f6eb, #12301d);
  --mark-ground: light-dark(#ffe27a, #6b5200);
}
* { box-sizing: border-box; }
html { font: 100%/1.45 system-ui, sans-serif; scroll-padding-bottom: 9rem; }
body { margin: 0; background: var(--ground); color: var(--ink); overflow-wrap: anywhere; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
[tabindex='-1']:focus-visible { outline: none; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 0.5rem; top: 0.5rem; background: var(--sheet); padding: 0.5rem; z-index: 2; }
.bar { display: flex; flex-wrap: wrap; gap: 0 1rem; align-items: center; justify-content: space-between;
  padding: 0 1rem; border-bottom: 1px solid var(--line); background: var(--sheet); }
.bar ul { display: flex; gap: 0.25rem; list-style: none; margin: 0 0 0 -0.6rem; padding: 0; }
.bar nav a { display: block; padding: 0.7rem 0.6rem; text-decoration: none; }
.bar nav a[aria-current] { font-weight: 650; box-shadow: inset 0 -3px var(--link); color: var(--ink); }
.bar p { margin: 0; color: var(--faint); font-size: 0.85rem; }
main, footer { max-width: 52rem; margin: 0 auto; padding: 0 1rem; }
main { padding-bottom: 2rem; }
footer { color: var(--faint); font-size: 0.85rem; padding-bottom: 1rem; }
h1 { font-size: 1.35rem; line-height: 1.25; margin: 0.6rem 0; }
h2 { font-size: 0.85rem; text-transform: uppercase; letter-spacing: 0.04em; color: var(--faint); margin: 1.4rem 0 0.3rem; }
.news, .lost { margin: 0.75rem 0 0; padding: 0.6rem 0.8rem; border-radius: 0.4rem; background: var(--good-ground); color: var(--good); }
.news:empty { display: none; }
.lost, .news.bad { background: var(--loss-ground); color: var(--loss); }
.badges { display: flex; flex-wrap: wrap; gap: 0.4rem; align-items: center; margin: 0.9rem 0 0; padding: 0; font-size: 0.85rem; color: var(--faint); }
.badge { border-radius: 1rem; padding: 0.1rem 0.65rem; font-weight: 650; border: 1px solid currentColor; color: var(--ink); }
.badge.Destructive, .badge.Escalation, .badge.Tampering, .badge.Denied { color: var(--loss); background: var(--loss-ground); }
.badge.Change, .badge.Routine, .badge.Expired, .badge.Recommended { color: var(--warn); background: var(--warn-ground); }
.badge.Approved, .badge.Used { color: var(--good); background: var(--good-ground); }
.rows { list-style: none; margin: 0.75rem 0; padding: 0; }
.rows > li { background: var(--sheet); border: 1px solid var(--line); border-radius: 0.5rem; margin: 0.5rem 0; padding: 0.1rem 0.9rem 0.7rem; }
.rows .badges { margin-top: 0.6rem; }
.rows p { margin: 0.35rem 0 0; }
.rows a { font-weight: 650; }
.faint { color: var(--faint); font-size: 0.9rem; }
form.find { display: flex; flex-wrap: wrap; gap: 0.6rem; align-items: end; margin: 0.3rem 0 0.75rem; }
label { display: block; font-size: 0.85rem; color: var(--faint); }
input, select, button, textarea { font: inherit; color: inherit; }
input, select { display: block; padding: 0.45rem 0.6rem; border: 1px solid var(--faint); border-radius: 0.4rem; background: var(--sheet); max-width: 100%; }
button { padding: 0.5rem 1rem; border: 1px solid var(--faint); border-radius: 0.4rem; background: var(--sheet); cursor: pointer; }
button.approve { background: light-dark(#0b6630, #1c7a40); border-color: transparent; color: #fff; font-weight: 650; }
button.deny { background: var(--sheet); border: 2px solid var(--loss); color: var(--loss); font-weight: 650; }
button[disabled] { opacity: 0.55; cursor: not-allowed; }
.busy button { cursor: progress; opacity: 0.55; }
.what { border-left: 5px solid var(--line); padding-left: 0.9rem; margin: 0.6rem 0 0; }
.what.Destructive, .what.Escalation, .what.Tampering { border-color: var(--loss); }
.what.Change, .what.Routine { border-color: var(--warn); }
.what h1 { margin: 0; }
.what h1 > span { display: block; }
.what .verb { font-size: 1rem; font-weight: 500; color: var(--faint); }
.what ul { margin: 0.5rem 0 0; padding-left: 1.1rem; }
.lines { margin: 0; display: grid; grid-template-columns: minmax(4.5rem, 7.5rem) 1fr; gap: 0.15rem 0.75rem; }
.lines dt { color: var(--faint); font-size: 0.9rem; }
.lines dd { margin: 0; white-space: pre-wrap; }
.lines .wide { grid-column: 1 / -1; }
.line-loss, .line-removed, .line-warning { color: var(--loss); }
.line-warning { font-weight: 650; }
.line-unknown, .line-changed { color: var(--warn); }
.line-good, .line-added { color: var(--good); }
.line-added, .line-removed, .line-changed, .line-detail, code, pre { font-family: ui-monospace, monospace; font-size: 0.88rem; }
.line-detail { color: var(--faint); }
.line-claim { font-style: italic; }
mark { background: var(--mark-ground); color: inherit; border-radius: 0.2rem; padding: 0 0.1rem; font-family: ui-monospace, monospace; }
.text { unicode-bidi: isolate-override; direction: ltr; }
details { margin-top: 1.2rem; }
details.find { margin-top: 0; }
summary { cursor: pointer; padding: 0.3rem 0; color: var(--link); }
.decide { position: sticky; bottom: 0; background: var(--sheet); border-top: 1px solid var(--line); margin: 1.2rem -1rem -2rem; padding: 0.7rem 1rem 0.9rem;
  box-shadow: 0 -4px 12px light-dark(#0001, #0006); }
.decide .buttons { display: grid; grid-template-columns: 1fr 1fr; gap: 0.75rem; margin-top: 0.6rem; }
.decide .buttons button { padding: 0.75rem; font-size: 1.05rem; }
.decide p { margin: 0; }
.decide .who { display: flex; gap: 0.6rem; }
.decide .who > label { flex: 1 1 8rem; min-width: 0; }
.decide input, .decide select { width: 100%; }
pre { background: var(--sheet); border: 1px solid var(--line); border-radius: 0.4rem; padding: 0.7rem; overflow-x: auto; white-space: pre-wrap; }
.pages { display: flex; gap: 1rem; }
@media (max-width: 30rem) {
  .lines { grid-template-columns: 1fr; }
  .lines dt:empty { display: none; }
  .lines dt { margin-top: 0.35rem; }
  .bar p { display: none; }
}
`
