import type { PreflightNote } from '../../domain/contract/preflight.ts'
import { inScope, inUserMapping } from '../../profiles/entra-pages.ts'
import { evaluateExpression } from '../../provisioning/entra/mapping/expression.ts'
import { matchingAttributes } from '../../provisioning/entra/mapping/mapping.ts'
import { isGroup, scopedUserContext } from '../../provisioning/entra/mapping/scope.ts'
import { sourceAttributes } from '../../provisioning/entra/mapping/values.ts'
import type { SourceGroup, SourceUser } from '../../provisioning/kit/directory/source-directory.ts'
import { identityRules } from '../analysis/diagnosis/attributes.ts'
import { type FirstCycle, isProvisioned } from './first-cycle.ts'
import { linesFor, sourceOf } from './remedy.ts'

const maxNamed = 20

export const notesOn = (cycle: FirstCycle): PreflightNote[] =>
  [
    notAssigned(cycle),
    filteredOut(cycle),
    deleted(cycle),
    disabled(cycle),
    nestedGroups(cycle),
    membersOutOfScope(cycle),
    shortMemberLists(cycle),
    groupsWithoutMembers(cycle),
    noExternalId(cycle),
    unstableExternalId(cycle),
    unstableMatching(cycle),
    guestNames(cycle),
  ].filter(({ count }) => count > 0)

type NoteText = Omit<PreflightNote, 'count' | 'objects'>

const note = (text: NoteText, objects: readonly (SourceUser | SourceGroup)[]): PreflightNote => ({
  ...text,
  count: objects.length,
  objects: objects.slice(0, maxNamed).map(nameOf),
})

const nameOf = (object: SourceUser | SourceGroup): string => {
  const { userPrincipalName, displayName } = object.attributes
  return String((isGroup(object) ? displayName : (userPrincipalName ?? displayName)) ?? object.objectId)
}

const allObjects = ({ directory }: FirstCycle) => [...directory.users, ...directory.groups]

const usersInScope = ({ directory, scope }: FirstCycle) =>
  directory.users.filter(user => isProvisioned(user, scope))

const groupsInScope = ({ directory, scope }: FirstCycle) =>
  directory.groups.filter(group => isProvisioned(group, scope))

const notAssigned = (cycle: FirstCycle): PreflightNote =>
  note(
    {
      id: 'not-assigned',
      severity: 'note',
      title: 'Not assigned',
      detail:
        'Neither the user or group nor a group with it as a direct member is assigned to the application.',
      remedy: inScope('assign them, or provision all users and groups.'),
    },
    allObjects(cycle).filter(
      ({ objectId, deletedAt }) => deletedAt === undefined && !cycle.scope.isEntitled(objectId),
    ),
  )

const filteredOut = (cycle: FirstCycle): PreflightNote =>
  note(
    {
      id: 'filtered-out',
      severity: 'note',
      title: 'Excluded by the mapping',
      detail: 'A scoping filter of the mapping excludes them, or their type is not provisioned.',
    },
    allObjects(cycle).filter(
      object =>
        object.deletedAt === undefined && cycle.scope.isEntitled(object.objectId) && !cycle.scope.has(object),
    ),
  )

const deleted = (cycle: FirstCycle): PreflightNote =>
  note(
    {
      id: 'deleted',
      severity: 'note',
      title: 'Deleted',
      detail: 'They are in the recycle bin of Entra ID and were never provisioned.',
    },
    allObjects(cycle).filter(({ deletedAt }) => deletedAt !== undefined),
  )

const disabled = (cycle: FirstCycle): PreflightNote =>
  note(
    {
      id: 'disabled-users',
      severity: 'note',
      title: 'Disabled users',
      detail:
        'Entra ID skips users that are disabled: it does not create them, and does not disable accounts that the target already has. It provisions them once they are enabled.',
    },
    usersInScope(cycle).filter(({ accountEnabled }) => !accountEnabled),
  )

function nestedGroups(cycle: FirstCycle): PreflightNote {
  const ids = new Set(cycle.directory.groups.map(({ objectId }) => objectId))
  return note(
    {
      id: 'nested-groups',
      severity: 'warning',
      title: 'Nested groups',
      detail:
        'These groups contain groups. Entra ID provisions direct members only: users of the inner groups do not become members of the outer group.',
      remedy: inScope('assign the inner groups themselves instead of the group that contains them.'),
    },
    groupsInScope(cycle).filter(({ members }) => members.some(member => ids.has(member))),
  )
}

function membersOutOfScope(cycle: FirstCycle): PreflightNote {
  const inside = new Set([...usersInScope(cycle), ...groupsInScope(cycle)].map(({ objectId }) => objectId))
  return note(
    {
      id: 'members-out-of-scope',
      severity: 'note',
      title: 'Groups with members out of scope',
      detail: 'The group is provisioned without these members.',
    },
    groupsInScope(cycle).filter(({ members }) => members.some(member => !inside.has(member))),
  )
}

/** The number that Graph returns with `$expand=members` at most, without an indication that there are more. */
const expandedMembers = 20

function shortMemberLists(cycle: FirstCycle): PreflightNote {
  const groups = groupsInScope(cycle)
  const hasLonger = groups.some(({ members }) => members.length > expandedMembers)
  return note(
    {
      id: 'short-member-lists',
      severity: 'warning',
      title: 'Lists of members may be incomplete',
      detail: `No group has more than ${expandedMembers} members, and these have exactly as many: Microsoft Graph returns at most ${expandedMembers} with $expand=members.`,
      remedy: 'Export the members of each group: /groups/{id}/members.',
    },
    hasLonger ? [] : groups.filter(({ members }) => members.length === expandedMembers),
  )
}

function groupsWithoutMembers(cycle: FirstCycle): PreflightNote {
  const groups = groupsInScope(cycle)
  return note(
    {
      id: 'no-memberships',
      severity: 'warning',
      title: 'No memberships',
      detail: 'The files have groups, but no members, so the requests for members are not counted.',
      remedy:
        'Add the members of each group: /groups/{id}/members, or a CSV file with the columns group and member.',
    },
    groups.every(({ members }) => members.length === 0) ? groups : [],
  )
}

function findingText(id: string): NoteText {
  const rule = identityRules.find(one => one.id === id)
  if (!rule) throw new Error(`There is no finding ${id}.`)
  const { severity, title, reason, reasons, remedy, remedies } = rule
  return {
    id,
    severity,
    title,
    detail: reasons?.entra ?? reason,
    remedy: remedies?.entra ?? remedy,
  }
}

const noExternalId = (cycle: FirstCycle): PreflightNote =>
  note(
    findingText('client/no-external-id'),
    linesFor(cycle.config.mapping.users, 'externalId').length === 0 ? usersInScope(cycle) : [],
  )

function unstableExternalId(cycle: FirstCycle): PreflightNote {
  const [line] = linesFor(cycle.config.mapping.users, 'externalId')
  const isUnstable = line && sourceAttributes(line.source).includes('mailnickname')
  return note(findingText('client/mail-nickname-as-external-id'), isUnstable ? usersInScope(cycle) : [])
}

/** Attributes that stay the same when a user is renamed, in lower case; Entra's default is the user principal name. */
const stableAttributes = new Set(['userprincipalname', 'objectid', 'immutableid', 'employeeid'])

function unstableMatching(cycle: FirstCycle): PreflightNote {
  const [line] = matchingAttributes(cycle.config.mapping.users)
  const sources = line ? sourceAttributes(line.source) : []
  const isUnstable = sources.length > 0 && !sources.some(name => stableAttributes.has(name))
  return note(
    {
      id: 'unstable-matching',
      severity: 'warning',
      title: 'Users are matched by an attribute that changes',
      detail: `${line?.target} is mapped from ${line && sourceOf(line)}. If the value changes while a user is not linked, such as after a restart, Entra ID creates a second user.`,
      remedy: inUserMapping('match userName, mapped from userPrincipalName, with precedence 1.'),
    },
    isUnstable ? usersInScope(cycle) : [],
  )
}

function guestNames(cycle: FirstCycle): PreflightNote {
  const [line] = linesFor(cycle.config.mapping.users, 'userName')
  const userName = (user: SourceUser) =>
    line && evaluateExpression(line.source, scopedUserContext(user, true, cycle.scope.rolesOf(user.objectId)))
  return note(
    findingText('client/guest-user-name'),
    usersInScope(cycle).filter(user => /#EXT#/i.test(String(userName(user) ?? ''))),
  )
}
