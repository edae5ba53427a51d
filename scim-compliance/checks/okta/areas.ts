import type { Blame } from '../../check.ts'
import { defineClientArea, notLinked } from '../steps/client-areas.ts'

/** Okta never repeats a rejected request by itself: an administrator has to retry it. */
const areaOf = defineClientArea({
  suite: 'okta',
  rejected: {
    effect: 'task',
    sentence: '{answer}: the change becomes a task, until an administrator retries it (task).',
  },
  accepted: 'The server reports success, so Okta does too, and does not send it again.',
  after: ['okta/connection/users'],
  effect: 'write',
})

const users = ['write', 'users'] as const
const groups = ['write', 'groups'] as const
const made = 'probe/create'
const madeGroup = 'okta/groups/created-empty'
const deactivated = [made, 'probe/patch', 'okta/deactivate/active-false']
const renamedGroup = [madeGroup, 'okta/groups/rename']
const addedMember = [made, madeGroup, 'okta/members/add']

export const connectionCheck = areaOf('connection', 'Connection', ['users'], [], 'not-provisioned')
export const lookUpCheck = areaOf('look-up', 'Look-up', users, [made, 'probe/filter'], 'not-linked')
export const createCheck = areaOf('create', 'Create', users, [made])
export const updateCheck = areaOf('update', 'Update', users, [made, 'okta/update/put-what-was-read'])
export const deactivateCheck = areaOf('deactivate', 'Deactivate', [...users, 'patch'], deactivated)
export const groupsCheck = areaOf('groups', 'Groups', groups, [madeGroup])
export const groupPatchCheck = areaOf('groups', 'Groups', [...groups, 'patch'], renamedGroup)
export const membersCheck = areaOf('members', 'Members', [...users, 'groups', 'patch'], addedMember)
export const importCheck = areaOf('import', 'Import', users, [made], 'not-linked')

/** Of a search that returns other resources, too. */
export const excessBlame = (what: string): Blame => ({
  on: 'excess',
  remedy: 'Return only the resources that match the filter.',
  predict: notLinked(`Searches return other ${what}, too: Okta can’t tell which one is meant.`),
})

const developer = 'https://developer.okta.com/docs'

export const sources = {
  reference: `${developer}/api/openapi/okta-scim/guides/scim-20`,
  concepts: `${developer}/concepts/scim`,
  questions: `${developer}/concepts/scim/faqs`,
  groupPush:
    'https://help.okta.com/en-us/Content/topics/users-groups-profiles/usgp-group-push-operations.htm',
  captures: 'https://github.com/oktadeveloper/okta-blog-archive/pull/1956',
  userNameCase: 'https://github.com/onyx-dot-app/onyx/pull/8568',
  rename: 'https://github.com/goauthentik/authentik/issues/12321',
  pushNow: 'https://github.com/Captain-P-Goldfish/SCIM-SDK/issues/757',
  pushNowPathless: 'https://github.com/jelhub/scimgateway/issues/113',
} as const
