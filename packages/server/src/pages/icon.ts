// The icon of a browser's tab: the first letter of a name on the accent colour, as SVG.

import { isColour, textOn } from './colour.ts';
import { html, render } from './html.ts';
import { initial } from './parts.ts';
import { ownColour } from './style.ts';

export function icon(name: string, color?: string): string {
  const accent = color !== undefined && isColour(color) ? color : ownColour;
  return render(html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect width="32" height="32" rx="7" fill="${accent}"/>
<text x="16" y="23" font-family="system-ui,sans-serif" font-size="20" font-weight="600" text-anchor="middle" fill="${textOn(accent)}">${initial(name)}</text>
</svg>
`);
}
