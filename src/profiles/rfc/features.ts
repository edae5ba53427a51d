import { baseProfile, bodyBytes } from '../base.ts'
import type { Features } from '../profile.ts'
import {
  type ChoicesFrom,
  nestedGroupsChoice,
  referencesChoice,
  resolveChoices,
  toSwitches,
} from '../switches.ts'
import { sources } from './sources.ts'

/** The points on which the RFCs leave a choice and clients or test suites want opposite things. */
export const choices = {
  patchAnswer: {
    description:
      'A successful PATCH returns 200 with the resource, or 204 without a body; with `attributes` always 200.',
    values: ['200', '204'],
    source: sources.patch,
    basis: 'documented',
    requirements: ['R-143', 'R-175'],
  },
  discoveryFilter: {
    description:
      'A `filter` on `/Schemas`, `/ResourceTypes` and `/ServiceProviderConfig` is ignored, or refused with 403.',
    values: ['ignore', 'refuse'],
    source: sources.discovery,
    basis: 'documented',
    requirements: ['R-155', 'R-156'],
  },
  valueForms: {
    description:
      'A `country` that is not an ISO 3166-1 code, and an invalid certificate, are kept as they were sent, or refused. RFC 7643 tells clients what to send and doesn’t tell providers to refuse the rest; test suites send `USA`, as the RFC itself did before its erratum 5990, names of countries, and made-up bytes.',
    values: ['keep', 'refuse'],
    source: sources.userLists,
    basis: 'documented',
    requirements: ['R-072', 'R-074'],
  },
  unknownMembers: {
    description:
      'A member of a group whose id belongs to no resource is kept as it was sent, without a type and a name, or refused. RFC 7643 says what the value contains and does not ask a provider to check it; a member that is kept is reported as the finding `client/unresolved-member`.',
    values: ['keep', 'refuse'],
    source: sources.group,
    basis: 'documented',
    requirements: ['R-079', 'R-080'],
  },
  nestedGroups: nestedGroupsChoice,
  pagination: {
    description:
      'ServiceProviderConfig announces paging under `pagination`, or omits it for clients that accept only the members that RFC 7643 defines. Lists are paged the same either way.',
    values: ['announce', 'omit'],
    source: sources.pagingConfig,
    basis: 'documented',
    requirements: ['R-135'],
  },
  ifMatch: {
    description: '`If-Match` is optional for PUT, PATCH and DELETE, or required: without it they return 428.',
    values: ['optional', 'required'],
    source: sources.versioning,
    basis: 'documented',
    requirements: ['R-211'],
  },
  references: referencesChoice,
} as const

/** The value of every switch. */
export type Choices = ChoicesFrom<typeof choices>

export const switches = toSwitches(choices)

/** The values that hold when these are chosen; the others have their defaults. */
export const rfcChoices = (chosen: Readonly<Record<string, string>>): Choices =>
  resolveChoices(choices, chosen)

const hour = 60 * 60 * 1000

/** All that RFC 7644 and RFC 9865 leave to a provider to offer. */
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
