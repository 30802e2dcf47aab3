// The style sheet of the demo app: that of the pages, and what it needs beside.

import { stylesheet } from '../../pages/index.ts';

export const demoStylesheet = (): string => stylesheet({ name: '' }) + rules;

const rules = `
.brand a{color:inherit;text-decoration:none}
.card.wide{max-width:46rem}
.wide h1{text-align:center}
.actions{display:flex;flex-wrap:wrap;gap:.75rem}
.actions>*{flex:1 1 auto}
.choices .hint{margin-top:.375rem}
.steps{list-style:none;margin:0;padding:0;counter-reset:step}
.steps li{position:relative;display:flex;flex-direction:column;gap:.75rem;padding-block:1.75rem;
padding-inline-start:3rem;border-top:1px solid var(--line);counter-increment:step}
.steps li::before{content:counter(step);position:absolute;inset-inline-start:0;top:1.625rem;display:grid;place-items:center;
width:2rem;height:2rem;border-radius:50%;font-size:.9375rem;font-weight:600;color:var(--accent-text);background:var(--accent)}
.steps li:target::before{outline:3px solid var(--accent-edge);outline-offset:3px}
@media (max-width:30rem){.steps li{padding-inline-start:0}.steps li::before{position:static}}
p.wire{margin-top:1rem}
.wire code{padding:.25rem .625rem;border-radius:.5rem;font-weight:600;background:var(--hover)}
.parameters>div{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:.125rem 1rem;padding:.5rem 0;
border-bottom:1px solid var(--line);font-size:.9375rem}
.parameters dt code{font-weight:600}
.parameters dt .hint{display:block}
.parameters dd code{overflow-wrap:anywhere}
@media (max-width:30rem){.parameters>div{grid-template-columns:minmax(0,1fr)}}
pre{margin:0;padding:.875rem 1rem;border-radius:.75rem;font-size:.875rem;line-height:1.5;white-space:pre-wrap;
overflow-wrap:anywhere;background:var(--hover)}
.token span:nth-child(1){color:var(--problem-text)}
.token span:nth-child(2){color:var(--link)}
.token span:nth-child(3){color:var(--done-text)}
details pre{margin-top:.75rem}
`;
