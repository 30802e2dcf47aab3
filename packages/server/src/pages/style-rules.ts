// The rules of the stylesheet; style.ts gives them their colours.

export const rules = `
*,::before,::after{box-sizing:border-box}
html{font:100%/1.5 system-ui,sans-serif;background:var(--ground);color:var(--text);
-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;padding:0 0 3rem;overflow-wrap:anywhere}
h1,h2,h3,p,ul,dl,dd,figure,blockquote{margin:0;padding:0}
ul{list-style:none}
h1{font-size:1.5rem;line-height:1.25;font-weight:650;letter-spacing:-.015em;text-align:center;text-wrap:balance;
hyphens:auto;hyphenate-limit-chars:12 5 5}
bdi{hyphens:manual}
h2{display:flex;flex-wrap:wrap;align-items:center;gap:.25rem .625rem;font-size:1.125rem;line-height:1.35;font-weight:650}
h2.plain{font-size:1rem;font-weight:600}
h3{font-size:1rem;font-weight:600}
strong{font-weight:600}
code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.9375em}
a{color:var(--link);text-underline-offset:.2em;text-decoration-thickness:1px}
a:hover{text-decoration-thickness:2px}
:focus-visible{outline:3px solid var(--accent-edge);outline-offset:2px}
[hidden]{display:none!important}

/* The frame */
.brand{padding:clamp(1.25rem,7vh,5rem) 1.5rem 1.5rem;max-width:40rem;margin:0 auto;
font-size:1.0625rem;font-weight:600;line-height:1.35;text-align:center;text-wrap:balance}
.brand img{display:block;max-width:min(100%,15rem);height:2.5rem;margin:0 auto;object-fit:contain}
footer{max-width:27rem;margin:1.5rem auto 0;padding:0 1.5rem;font-size:.875rem}
footer,.about{display:flex;flex-wrap:wrap;justify-content:center;gap:.25rem 1.25rem}
footer a{color:var(--muted)}
.card{width:100%;max-width:27rem;margin:0 auto;padding:0 1.5rem;display:flex;flex-direction:column;gap:1.25rem}
.card.wide{max-width:44rem}
.card:first-child{margin-top:clamp(1.5rem,12vh,8rem)}
.wide h1{text-align:start}
@media (min-width:30rem){
.card{padding:2.5rem;background:var(--card);border:1px solid var(--line);border-radius:1.25rem;
box-shadow:0 1px 2px #0000000a,0 12px 32px -12px #0000001f}
}
@media (max-width:29.99rem){html{background:var(--card)}}
@media (max-width:22rem){h1{font-size:1.3125rem}}

/* Text */
.lead{text-align:center;text-wrap:pretty;color:var(--muted)}
.lead strong{color:var(--text)}
h1+.lead{margin-top:-.75rem}
.lead+.lead{margin-top:-1rem}
.hint{font-size:.875rem;color:var(--muted)}
.center{text-align:center;text-wrap:balance}
.note{padding:.75rem 1rem;border-radius:.75rem;font-size:.9375rem}
.problem{color:var(--problem-text);background:var(--problem-ground)}
.warning{color:var(--warning-text);background:var(--warning-ground)}
.done{color:var(--done-text);background:var(--done-ground)}

/* Fields and buttons */
.fields{display:flex;flex-direction:column;gap:1.125rem}
.fields>button{margin-top:.375rem}
.field{display:flex;flex-direction:column;gap:.375rem}
label{font-size:.9375rem;font-weight:600}
input{width:100%;min-height:3rem;padding:.625rem .875rem;font:inherit;color:inherit;background:var(--card);
border:1px solid var(--edge);border-radius:.75rem}
input:focus-visible{outline-offset:-1px;border-color:transparent}
input[aria-invalid]{border-color:var(--problem-text)}
input.code{font-size:1.25rem;letter-spacing:.1em;font-variant-numeric:tabular-nums}
button,.button{display:block;width:100%;min-height:3rem;padding:.6875rem 1.25rem;font:inherit;font-weight:600;
text-align:center;text-decoration:none;color:var(--text);background:var(--card);border:1px solid var(--edge);
border-radius:.75rem;cursor:pointer;touch-action:manipulation;transition:background-color .12s,border-color .12s}
button:hover,.button:hover{background:var(--hover)}
button.primary,.button.primary{color:var(--accent-text);background:var(--accent);border-color:var(--accent-edge)}
button.primary:hover,.button.primary:hover{background:var(--accent-hover)}
button.danger{color:var(--problem-text)}
button:disabled{cursor:default;opacity:.6}
.sent button{cursor:progress}
[aria-busy]::after{content:"";display:inline-block;width:1em;height:1em;margin-inline-start:.625em;vertical-align:-.125em;
border:2px solid;border-inline-end-color:transparent;border-radius:50%;animation:turn .8s linear infinite}
@keyframes turn{to{transform:rotate(1turn)}}
.with-reveal{position:relative}
.with-reveal input{padding-inline-end:6.5rem}
.reveal{position:absolute;inset-block:1px;inset-inline-end:1px;width:auto;min-height:0;padding:0 .875rem;border:0;
font-size:.875rem;color:var(--link);background:none}
.button .mark{width:1.25rem;height:1.25rem;margin-inline-end:.625rem;vertical-align:-.25rem}
span.mark{display:inline-grid;place-items:center;font-size:.75rem;line-height:1;border-radius:.25rem;background:var(--hover)}
.or{display:flex;align-items:center;gap:1rem;font-size:.875rem;color:var(--muted)}
.or::before,.or::after{content:"";flex:1;border-top:1px solid var(--line)}
.choices{display:flex;flex-direction:column;gap:.75rem}

/* Shown by passkey.js; until then its place is kept, where scripts run */
.passkey{display:none}
@media (scripting:enabled){.passkey{display:flex;visibility:hidden}}
.passkey.ready{display:flex;visibility:visible}
.passkey.unsupported{display:none}
.passkey{flex-direction:column}
.passkey:not(.fields){gap:1.25rem}

/* Apps */
.logo{position:relative;flex:none;display:grid;place-items:center;width:48px;height:48px;border-radius:.75rem;overflow:hidden;
font-size:1.25rem;font-weight:600;color:var(--text);background:var(--hover)}
.logo img{position:absolute;inset:0;width:100%;height:100%;object-fit:contain;background:var(--card)}
.emblem{display:flex;justify-content:center}
.message{padding-block:.125rem;padding-inline-start:1rem;border-inline-start:3px solid var(--line)}
.message figcaption{font-size:.875rem;color:var(--muted)}
.message blockquote{white-space:pre-line}
.scopes li{position:relative;padding-inline-start:1.25rem}
.scopes li+li{margin-top:.375rem}
.scopes li::before{content:"";position:absolute;inset-inline-start:.25rem;top:.6em;width:.3125rem;height:.3125rem;
border-radius:50%;background:var(--muted)}
.choice li{display:flex;gap:.75rem;padding:0}
.choice li::before{content:none}
.choice input{flex:none;width:1.25rem;min-height:0;height:1.25rem;margin:.125rem 0 0;accent-color:var(--accent)}
.choice label{flex:1;font-size:1rem;font-weight:400}
h2.plain+.scopes{margin-top:-.75rem}
summary{cursor:pointer;font-weight:600;border-radius:.25rem}
details .fields{margin-top:1rem}
details .scopes{margin-top:.75rem}
.answers{display:flex;gap:.75rem}

/* The account */
section{display:flex;flex-direction:column;gap:.75rem;padding-top:1.75rem;border-top:1px solid var(--line)}
section .fields{max-width:24rem;margin-top:.5rem}
section>form>button,.language button,.who button,.rows button{width:auto;min-height:2.75rem;padding:.5625rem 1rem}
section .fields button{align-self:flex-start}
.who,.rows>li{display:flex;flex-wrap:wrap;align-items:flex-start;gap:.75rem 1rem}
.who{align-items:center;justify-content:space-between}
.rows>li{padding:1rem 0;border-bottom:1px solid var(--line)}
.rows>li:last-child{border-bottom:0;padding-bottom:0}
.rows .what{flex:1 1 12rem;min-width:0}
.rows .scopes{margin-top:.5rem;font-size:.9375rem}
.state{padding:.125rem .625rem;border-radius:1rem;font-size:.8125rem;font-weight:600;
color:var(--muted);background:var(--hover)}
.state.on{color:var(--done-text);background:var(--done-ground)}
.state.sensitive{color:var(--warning-text);background:var(--warning-ground);white-space:nowrap}

.language{display:flex;flex-wrap:wrap;gap:.75rem}
select{flex:1 1 10rem;max-width:20rem;min-height:2.75rem;padding:.5rem .875rem;font:inherit;color:inherit;background:var(--card);
border:1px solid var(--edge);border-radius:.75rem}

/* Codes */
.qr{display:block;width:200px;height:200px;margin:0 auto;border-radius:.75rem;background:#fff}
.secret{display:block;text-align:center;text-wrap:balance;padding:.75rem 1rem;border-radius:.75rem;background:var(--hover)}
.codes{display:grid;grid-template-columns:repeat(auto-fit,minmax(11.5rem,1fr));gap:.5rem 1rem;padding:1rem 1.25rem;
border-radius:.75rem;background:var(--hover);text-align:center}
.details{font-size:.875rem;padding-top:1.25rem;border-top:1px solid var(--line)}
.details dt{color:var(--muted)}
.details dd+dt{margin-top:.75rem}

.keep>*{flex:1}
.keep [hidden]+.button{flex:1}
.about{font-size:.875rem}

@media (prefers-reduced-motion:reduce){*{transition:none!important}[aria-busy]::after{animation-duration:4s}}
@media print{html{background:#fff;color:#000}.card{border:0;box-shadow:none;padding:0}
button,.button,footer{display:none!important}.codes{border:1px solid #000}}
@media (forced-colors:active){button.primary,.button.primary{border-width:2px}}
`;
