import type { Check } from '../../check.ts'
import { operation } from '../tools/patches.ts'
import { flagged, membersCheck } from './areas.ts'
import { removal } from './foreseen.ts'
import { sources } from './sources.ts'
import { listed, whenPatched } from './team.ts'

export const checks: readonly Check[] = [
  membersCheck({
    id: 'add-one',
    level: 'MUST',
    says: 'Add of one member makes them a member.',
    source: sources.tutorial,
    matters: 'Entra ID sends memberships one by one, after the groups.',
    mend: 'Take Add in any case on the path members, with a list of values.',
    effect: 'write',
    leadsTo: 'Nobody becomes a member of a group.',
    run: whenPatched(
      { size: 1, inside: 0 },
      ids => [operation('Add', 'members', listed(ids))],
      ids => ids,
    ),
  }),
  membersCheck({
    id: 'add-with-null-ref',
    level: 'MUST',
    says: 'Add of a member whose $ref is null makes them a member.',
    source: sources.tutorial,
    matters: 'The tutorial’s sample has $ref: null beside the value.',
    mend: 'Take null for an attribute that isn’t there.',
    effect: 'write',
    when: 'Entra sends "$ref": null with members, as in Microsoft’s tutorial',
    leadsTo: 'Nobody becomes a member of a group.',
    run: whenPatched(
      { size: 1, inside: 0 },
      ids => [
        operation(
          'Add',
          'members',
          ids.map(value => ({ $ref: null, value })),
        ),
      ],
      ids => ids,
    ),
  }),
  membersCheck({
    id: 'add-several',
    says: 'Add of several members in one operation makes all of them members.',
    source: sources.referenceCode,
    matters: 'Microsoft’s checklist for the gallery asks for it, and gallery jobs send it.',
    mend: 'Add every value of the list.',
    effect: 'write',
    when: 'your job sends several members in one request, as gallery applications do',
    leadsTo: 'Not all of the members are added.',
    run: whenPatched(
      { size: 4, inside: 0 },
      ids => [operation('Add', 'members', listed(ids))],
      ids => ids,
    ),
  }),
  membersCheck({
    id: 'flag-add',
    says: 'add in lower case makes somebody a member.',
    source: sources.compatibility,
    matters: 'With the flag aadOptscim062020, Entra ID writes operations in lower case.',
    mend: 'Take op in any case.',
    effect: 'write',
    when: flagged,
    leadsTo: 'Nobody becomes a member of a group.',
    run: whenPatched(
      { size: 2, inside: 1 },
      ids => [operation('add', 'members', listed(ids.slice(1)))],
      ids => ids,
    ),
  }),
  membersCheck({
    id: 'remove-listed',
    level: 'MUST',
    says: 'Remove of members with a list takes away those who are listed, and nobody else.',
    source: sources.compatibility,
    matters: 'By default Entra ID names whom to remove in the value, which isn’t in the RFC.',
    mend: 'Where remove of members has a value, take away only those ids.',
    effect: 'write',
    leadsTo: 'Members aren’t removed as Entra sends it.',
    foresee: removal,
    run: whenPatched(
      { size: 3, inside: 3 },
      ids => [operation('Remove', 'members', listed(ids.slice(0, 1)))],
      ids => ids.slice(1),
    ),
  }),
  membersCheck({
    id: 'remove-several-listed',
    says: 'Remove of several members with a list takes away all of them, and nobody else.',
    source: sources.emptiedGroup,
    matters: 'Gallery jobs of Entra ID send several at once.',
    mend: 'Where remove of members has a value, take away each of those ids.',
    effect: 'write',
    when: 'your job sends several members in one request, as gallery applications do',
    leadsTo: 'Members aren’t removed as Entra sends it.',
    run: whenPatched(
      { size: 4, inside: 4 },
      ids => [operation('Remove', 'members', listed(ids.slice(0, 2)))],
      ids => ids.slice(2),
    ),
  }),
  membersCheck({
    id: 'flag-remove',
    level: 'MUST',
    says: 'remove of members[value eq "…"] takes away that member, and nobody else.',
    source: sources.compatibility,
    matters: 'With the flag aadOptscim062020, Entra ID names whom to remove in the path.',
    mend: 'Take away those members that the path’s filter matches.',
    effect: 'write',
    when: flagged,
    leadsTo: 'Members aren’t removed as Entra sends it.',
    run: whenPatched(
      { size: 3, inside: 3 },
      ids => [operation('remove', `members[value eq "${ids[0]}"]`)],
      ids => ids.slice(1),
    ),
  }),
]
