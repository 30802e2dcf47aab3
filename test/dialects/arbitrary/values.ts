// Constants of JSON that a dialect may hold, some of which pretend to be what an answer must not pretend to be.

import fc, { type Arbitrary } from 'fast-check';

export const constant: Arbitrary<unknown> = fc.oneof(
  {
    weight: 40,
    arbitrary: fc.constantFrom<unknown[]>(
      '',
      'x',
      'bot',
      0,
      -1.5,
      1e21,
      true,
      false,
      null,
      [],
      {},
      { a: [1] },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<unknown[]>(
      { access_token: 'x' },
      { active: true },
      [{ deep: { Refresh_Token: 'y' } }],
      { id_token: null },
    ),
  },
);
