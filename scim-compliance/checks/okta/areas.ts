import { defineClientArea } from '../steps/client-areas.ts'

/** Okta never repeats a rejected request by itself: an administrator has to retry it. */
const defineOktaArea = defineClientArea({
  suite: 'okta',
  rejected: {
    effect: 'task',
    sentence: '{answer}: the change becomes a task, until an administrator retries it (task).',
  },
  accepted: 'The server reports success, so Okta does too, and does not send it again.',
})

export const connectionCheck = defineOktaArea({
  area: 'connection',
  section: 'Connection',
  needs: ['users'],
})
export const lookUpCheck = defineOktaArea({ area: 'look-up', section: 'Look-up', needs: ['write', 'users'] })
export const createCheck = defineOktaArea({ area: 'create', section: 'Create', needs: ['write', 'users'] })
export const updateCheck = defineOktaArea({ area: 'update', section: 'Update', needs: ['write', 'users'] })
export const deactivateCheck = defineOktaArea({
  area: 'deactivate',
  section: 'Deactivate',
  needs: ['write', 'users', 'patch'],
})
export const groupsCheck = defineOktaArea({
  area: 'groups',
  section: 'Groups',
  needs: ['write', 'groups', 'patch'],
})
export const membersCheck = defineOktaArea({
  area: 'members',
  section: 'Members',
  needs: ['write', 'users', 'groups', 'patch'],
})
export const importCheck = defineOktaArea({ area: 'import', section: 'Import', needs: ['write', 'users'] })

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

export const notLinked =
  'Existing users are not found: Okta creates them again, and gets a 409 or creates a duplicate.'
