import { baseProfile, bodyBytes } from '../base.ts'
import type { Features } from '../profile.ts'
import {
  type ChoicesFrom,
  memberDisplayChoice,
  nestedGroupsChoice,
  referencesChoice,
  resolveChoices,
  toSwitches,
} from '../switches.ts'
import { sources } from './sources.ts'

/** Choices that the RFCs leave open, and for which clients or test suites have conflicting expectations. */
const choices = {
  patchAnswer: {
    topic: 'responses',
    description:
      'A successful PATCH returns 200 with the resource, or 204 without a body. With `attributes` it always returns 200; for a group with more than 1,000 members, only with `attributes` or if `excludedAttributes` has `members`.',
    values: ['200', '204'],
    source: sources.patch,
    basis: 'documented',
    requirements: ['R-143', 'R-175'],
  },
  unmatchedRemoval: {
    topic: 'responses',
    description:
      'A PATCH `remove` of a path with a filter that matches no value, such as `emails[type eq "home"]`, is `noTarget`, as in RFC 7644 table 9, or changes nothing and succeeds. Test suites expect either. Removing a member that a group does not have always succeeds, as RFC 7644 §3.5.2.2 requires.',
    values: ['noTarget', 'ignore'],
    source: sources.errors,
    basis: 'documented',
    requirements: ['R-184', 'R-186'],
  },
  discoveryFilter: {
    topic: 'lists',
    description:
      'A `filter` on `/Schemas`, `/ResourceTypes` and `/ServiceProviderConfig` is ignored, or rejected with 403.',
    values: ['ignore', 'refuse'],
    source: sources.discovery,
    basis: 'documented',
    requirements: ['R-155', 'R-156'],
  },
  valueForms: {
    topic: 'attributes',
    description:
      'A `country` that is not an ISO 3166-1 code, and an invalid certificate, are stored as sent, or rejected. RFC 7643 specifies what clients send, but does not require providers to reject other values. Test suites send `USA`, as the RFC itself did before its erratum 5990, names of countries, and arbitrary bytes.',
    values: ['keep', 'refuse'],
    source: sources.userLists,
    basis: 'documented',
    requirements: ['R-072', 'R-074'],
  },
  unknownMembers: {
    topic: 'members',
    description:
      'A member of a group whose ID belongs to no resource is stored as sent, without a type and a name, or rejected. RFC 7643 specifies the value and does not require providers to check it. A stored member of this kind is reported as the finding `client/unresolved-member`.',
    values: ['keep', 'refuse'],
    source: sources.group,
    basis: 'documented',
    requirements: ['R-079', 'R-080'],
  },
  memberDisplay: { ...memberDisplayChoice, values: ['sent', 'user'] },
  nestedGroups: nestedGroupsChoice,
  pagination: {
    topic: 'lists',
    description:
      'ServiceProviderConfig announces paging under `pagination`, or omits it for clients that accept only the members that RFC 7643 defines. Lists are paged the same either way.',
    values: ['announce', 'omit'],
    source: sources.pagingConfig,
    basis: 'documented',
    requirements: ['R-135'],
  },
  ifMatch: {
    topic: 'responses',
    description: '`If-Match` is optional for PUT, PATCH and DELETE, or required: without it they return 428.',
    values: ['optional', 'required'],
    source: sources.versioning,
    basis: 'documented',
    requirements: ['R-211'],
  },
  references: referencesChoice,
} as const

export type Choices = ChoicesFrom<typeof choices>

export const switches = toSwitches(choices)

export const rfcChoices = (chosen: Readonly<Record<string, string>>): Choices =>
  resolveChoices(choices, chosen)

const hour = 60 * 60 * 1000

export const rfcFeatures = ({ ifMatch, discoveryFilter }: Choices): Features => ({
  search: true,
  sort: true,
  etag: true,
  bulk: { maxOperations: 1000, maxPayloadSize: bodyBytes },
  projection: true,
  paging: {
    ...baseProfile.features.paging,
    cursor: { previous: true, total: true, fixedCount: true, timeout: hour },
  },
  requiresIfMatch: ifMatch === 'required',
  discoveryFilter,
})
