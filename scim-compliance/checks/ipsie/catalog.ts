import type { Check } from '../../check.ts'
import { groupsCheck, usersCheck } from './areas.ts'

export const ipsieChecks: readonly Check[] = [
  usersCheck('create', 'AL-203', '6', 'MUST', {
    description: 'POST /Users creates a user.',
    rationale: 'At this level, the identity provider creates users itself.',
    remedy: 'Support POST /Users.',
    request: { post: {} },
    expect: { status: [201] },
  }),
  groupsCheck('create', 'AL-204', '6', 'MUST', {
    description: 'POST /Groups creates a group without members.',
    rationale: 'At this level, the identity provider creates groups, and adds their members afterwards.',
    remedy: 'Accept a group that has only a displayName.',
    request: { post: {}, of: 'groups' },
    expect: { status: [201] },
  }),
]
