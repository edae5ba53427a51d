import type { Design } from './stub-server.ts'

/** What servers of other designs do. */
export const designs: readonly Design[] = [
  { id: 'no-discovery', description: 'The server doesn’t describe itself.', discovery: false },
  {
    id: 'filters-by-user-name',
    description: 'Filters other than userName eq are ignored.',
    filtersBy: 'userName',
  },
  {
    id: 'patches-active-and-members',
    description: 'PATCH changes active and members only.',
    patches: ['active', 'members'],
  },
  { id: 'hides-members', description: 'Members of groups are never returned.', showsMembers: false },
  {
    id: 'stores-required-only',
    description: 'Of users, only userName, externalId and active are stored.',
    stores: ['userName', 'externalId', 'active'],
  },
  { id: 'creates-200', description: 'POST returns 200.', created: 200 },
  {
    id: 'redirects',
    description: 'Endpoints redirect to an address with a slash.',
    redirects: true,
    ends: /\/Users redirects to \S+\/Users\/ \(308\)/,
  },
  { id: 'fails-1-percent', description: 'One percent of requests returns 500.', fails: 0.01 },
  { id: 'drops-1-percent', description: 'One percent of connections is reset.', drops: 0.01 },
  { id: 'invalid-422', description: 'Invalid requests return 422.', invalid: 422 },
  { id: 'totals-as-text', description: 'totalResults is a string.', totalsAsText: true },
  { id: 'rejects-filters', description: 'Filters are rejected.', rejectsFilters: true },
  { id: 'creates-later', description: 'POST returns 202, a Location and no body.', createsLater: true },
  { id: 'patches-nothing', description: 'PATCH returns 501.', patchesNothing: true },
  { id: 'fixed-names', description: 'userName can’t be changed.', fixedNames: true },
  {
    id: 'members-by-patch',
    description: 'POST with members is rejected.',
    rejectsMembersOnCreate: true,
  },
  { id: 'lists-lag', description: 'Lists contain new resources after half a second.', lag: 500 },
  { id: 'cursors-only', description: 'Lists have cursors, and no index.', cursors: true },
]
