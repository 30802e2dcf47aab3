// A program: unpacks the Chromium that comes with the dependencies, with its fonts and libraries, into the
// folder that TMPDIR names.

import chromium from '@sparticuz/chromium';

await chromium.executablePath();
