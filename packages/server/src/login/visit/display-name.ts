// What the pages call a user.

import type { User } from '../../store/tables/users.ts';

export const displayName = ({ name, login, email, id }: User): string => name ?? login ?? email ?? id;
